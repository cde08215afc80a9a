import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { waitFor, type Watched } from "../../lib/commands/wait.ts";
import { isConfirmed } from "../../lib/revive/confirmed.ts";
import type { State } from "../../lib/state/state.ts";
import { MovedClock } from "../support/clock.ts";
import { deadSession } from "../support/dead_session.ts";
import { BINARY, CODEXBAR, finish, iso, kill, Sandbox, until, usage } from "../support/sandbox.ts";
import { stateWith } from "../support/states.ts";
import { findTool } from "../support/tools.ts";

const START = new Date("2026-01-31T12:00:00Z");

/** So many seconds after the start. */
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

/** A state as it was read so many seconds after the start. */
function readAt(seconds: number, fields: Partial<State> = {}): State {
  return stateWith({ updatedAt: at(seconds), readAt: at(seconds), source: "codexbar", ...fields });
}

const blocked = (from: number, to: number): Partial<State> => ({
  status: "blocked",
  blockedUntil: at(to),
  blockMinutes: 300,
  updatedAt: at(from),
});

/** What is seen at a second, and what came of it. */
interface Course {
  readonly state: (second: number) => State | undefined;
  readonly isDaemonAlive?: (second: number) => boolean;
  readonly pausedFrom?: number;
  readonly maxWaitSeconds?: number;
  readonly after?: number;
  readonly wasStarted?: boolean;
}

async function course(
  { state, isDaemonAlive = () => true, pausedFrom = Infinity, wasStarted = false, ...rules }:
    Course,
): Promise<{ isFree: boolean; seconds: number; starts: number; told: (Date | undefined)[] }> {
  const clock = new MovedClock(START);
  const second = () => (clock.now().getTime() - START.getTime()) / 1000;
  const told: (Date | undefined)[] = [];
  let starts = 0;
  const watched: Watched = {
    state: () => state(second()),
    isDaemonAlive: () => isDaemonAlive(second()),
    pausedUntil: () => second() >= pausedFrom ? at(9999) : undefined,
    startDaemon: () => {
      starts++;
      return Promise.resolve(wasStarted);
    },
    tell: (until) => told.push(until),
  };
  const isFree = await waitFor(watched, {
    maxStateAgeSeconds: 180,
    maxWaitSeconds: rules.maxWaitSeconds ?? 1000,
    isConfirmed: rules.after === undefined
      ? undefined
      : (state, now) => isConfirmed(state, { asked: at(rules.after!) }, now),
  }, clock);
  return { isFree, seconds: Math.round(second()), starts, told };
}

/** A state of each second. */
const always = (fields: Partial<State>) => (second: number) => readAt(second, fields);

/** When it lets go; false is when it does not. */
const CASES: readonly (readonly [string, Course, number | false])[] = [
  ["open", { state: always({}) }, 0],
  ["unknown", { state: always({ status: "unknown" }) }, 0],
  ["no state", { state: () => undefined }, 0],
  ["stale", { state: () => readAt(-500) }, 0],
  ["a block that is stale, and nobody watches", {
    state: () => readAt(-500, blocked(-500, 100)),
    isDaemonAlive: () => false,
  }, 0],
  ["a block that is stale, but watched", { state: () => readAt(-500, blocked(-500, 100)) }, 100],
  ["blocked to its end", { state: always(blocked(0, 100)) }, 100],
  ["blocked, and open early", {
    state: (second) => readAt(second, second < 30 ? blocked(0, 100) : {}),
  }, 30],
  ["blocked, then unknown", {
    state: (second) => readAt(second, second < 30 ? blocked(0, 100) : { status: "unknown" }),
  }, 30],
  ["blocked, then paused", { state: always(blocked(0, 100)), pausedFrom: 40 }, 40],
  ["the longest wait is over", { state: always(blocked(0, 100)), maxWaitSeconds: 50 }, false],
  ["no wait at all, blocked", { state: always(blocked(0, 100)), maxWaitSeconds: 0 }, false],
  ["no wait at all, open", { state: always({}), maxWaitSeconds: 0 }, 0],
  ["no more holds today", {
    state: always({
      ...blocked(0, 100),
      guard: { ...stateWith().guard, noMoreHolds: true },
    }),
  }, 0],
  ["a daemon that has just begun knows nothing yet", {
    state: (second) => second < 5 ? undefined : readAt(second, blocked(0, 100)),
    wasStarted: true,
  }, 100],
  [
    "a daemon that has just begun, and never knows",
    { state: () => undefined, wasStarted: true },
    40,
  ],
  ["no wait at all, but for the first reading", {
    state: (second) => second < 5 ? undefined : readAt(second, blocked(0, 100)),
    wasStarted: true,
    maxWaitSeconds: 0,
  }, false],

  ["confirmed", { state: always({}), after: -1 }, 0],
  ["confirmed by what was read after it", { state: always({}), after: 20 }, 21],
  [
    "a block that is over is no reading",
    { state: () => readAt(0, blocked(0, 100)), after: -1 },
    false,
  ],
  ["open, read before", { state: () => readAt(-5), after: 0 }, false],
  ["unknown confirms nothing", { state: always({ status: "unknown" }), after: -1 }, false],
  ["no state confirms nothing", { state: () => undefined, after: -1 }, false],
  [
    "what a session wrote confirms nothing",
    { state: always({ source: "sessions" }), after: -1 },
    false,
  ],
  ["nor does what nobody told", { state: always({ source: undefined }), after: -1 }, false],
  [
    "a pause confirms nothing",
    { state: always(blocked(0, 2000)), pausedFrom: 0, after: -1 },
    false,
  ],
  ["the backend says no", {
    state: always({
      account: { reachedType: null, spendControlReached: false, usageAllowed: false },
    }),
    after: -1,
  }, false],
  ["a window that holds nobody is full", {
    state: always({
      windows: [{
        id: "w",
        usedPercent: 100,
        windowMinutes: 10080,
        resetsAt: at(3000),
        extra: false,
      }],
    }),
    after: -1,
  }, false],
];

Deno.test("wait: lets go when agents would go on", async () => {
  for (const [name, what, expected] of CASES) {
    const { isFree, seconds } = await course(what);
    assertEquals(isFree && seconds, expected, name);
    if (!isFree) assertGreaterOrEqual(seconds, what.maxWaitSeconds ?? 1000, name);
  }
});

Deno.test("wait: tells once until when, and starts the daemon again when it has died", async () => {
  const { told, starts } = await course({
    state: (second) => readAt(second, blocked(0, 200)),
    isDaemonAlive: (second) => second < 70 || second > 80,
  });
  assertEquals([told, starts], [[at(200)], 2]);
  const dead = await course({ state: always(blocked(0, 200)), isDaemonAlive: () => false });
  assertEquals(dead.starts, 4, "at first, and once a minute");
});

Deno.test("wait: starts the daemon, knows a spent quota by its first reading, and prints nothing", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  const none = await box.run(["wait", "--max-wait=0"]);
  assertEquals([none.code, none.stdout, none.stderr], [75, "", ""]);
  assertEquals((await box.run(["wait"], { env: { QUOTA_SENTRY_DISABLE: "1" } })).code, 0);
  const waiting = box.spawn(["wait"]);
  const status = JSON.parse((await box.run(["status", "--json"])).stdout);
  assert(status.daemon.running);
  kill(status.daemon.pid);
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await box.run(["start", "--interval-seconds=1"]);
  const ended = await finish(waiting);
  assertEquals([ended.code, ended.stdout, ended.stderr], [0, "", ""]);
  await box.run(["pause", "1h"]);
  assertEquals((await box.run(["wait"])).code, 0);
});

Deno.test("wait: ends at once with INT and TERM", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  await box.run(["wait", "--max-wait=0"]);
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const waiting = box.spawn(["wait", "--after", iso(0)]);
    await until(
      "it waits",
      () => Deno.readTextFileSync(`/proc/${waiting.pid}/cmdline`).includes("--after"),
    );
    kill(waiting.pid, signal);
    assertEquals((await finish(waiting)).code, code);
  }
});

Deno.test({
  name: "wait: says on a terminal until when, in one line",
  ignore: findTool("script") === undefined,
  fn: async () => {
    await using box = new Sandbox();
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    const { stdout } = await finish(
      box.startProgram("script", ["-qec", `${BINARY} wait --max-wait=2s`, "/dev/null"]),
    );
    assertMatch(
      stdout,
      /^quota-sentry: waits until (\d{4}-\d\d-\d\d )?\d\d:\d\d, when the quota is there again; Ctrl-C ends it\r\n$/,
    );
  },
});

Deno.test("wait: a state directory that cannot be used lets go, but confirms nothing", async () => {
  await using box = new Sandbox();
  const open = `${box.root}/open`;
  Deno.mkdirSync(open);
  Deno.chmodSync(open, 0o777);
  const { code, stderr } = await box.run(["wait", "--state-dir", open]);
  assertEquals(code, 0);
  assertMatch(stderr, /^quota-sentry: the state directory .* cannot be used .*\n$/);
  assertEquals((await box.run(["wait", "--state-dir", open, "--after", iso(0)])).code, 1);
  assertEquals((await box.run(["wait", "--max-wait", "5"])).code, 64);
});

Deno.test("wait: for a session that died it takes what would bring that back", async () => {
  await using box = new Sandbox();
  const { id } = deadSession(box, { place: "run", resetsIn: 900 });
  const after = ["wait", "--after", iso(-50)];
  const resetsAt = Math.floor(Date.now() / 1000 + 900);
  const left = (seconds: number) => resetsAt + seconds - Date.now() / 1000;
  box.codexbar(CODEXBAR.answers, usage({ used: 3, resetInSeconds: left(0) }));
  await box.run(["start", "--interval-seconds=1"]);
  await until("it is read", () => box.state?.status === "open");
  // Less is used of the window that it died of: who says so has not heard of it.
  assertEquals((await box.run([...after, "--max-wait=1s", "--session", id])).code, 75);
  box.answer(usage({ used: 3, resetInSeconds: left(17_000) }));
  assertEquals((await box.run([...after, "--session", id])).code, 0);
  // For what did not die nobody waits.
  const other = id.replace(/.$/, "f");
  assertEquals((await box.run([...after, "--max-wait=1s", "--session", other])).code, 0);
});
