import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { fitting } from "../../lib/cli/countdown.ts";
import { type Need, waitFor, waitsUntil, type Watched } from "../../lib/commands/wait.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
import { isConfirmed } from "../../lib/revive/confirmed.ts";
import type { State } from "../../lib/state/state.ts";
import { MovedClock } from "../support/clock.ts";
import { deadSession } from "../support/dead_session.ts";
import { processesWith } from "../support/processes.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { BINARY, CODEXBAR, finish, iso, kill, Sandbox, until, usage } from "../support/sandbox.ts";
import { stateWith } from "../support/states.ts";
import { SCRIPT } from "../support/tools.ts";

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
  readonly need?: Partial<Need>;
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
    tell: (until) => {
      if (+told.at(-1)! !== +until!) told.push(until);
    },
  };
  const isFree = await waitFor(watched, {
    maxStateAgeSeconds: 180,
    maxWaitSeconds: rules.maxWaitSeconds ?? 1000,
    isConfirmed: rules.after === undefined
      ? undefined
      : (state, now) => isConfirmed(state, { asked: at(rules.after!) }, now),
    need: rules.need && {
      leftPercent: undefined,
      window: undefined,
      policy: DEFAULT_POLICY,
      resetBufferSeconds: 10,
      ...rules.need,
    },
  }, clock);
  return { isFree, seconds: Math.round(second()), starts, told };
}

/** A state of each second. */
const always = (fields: Partial<State>) => (second: number) => readAt(second, fields);

/** So much used of the 5-hour window, which resets after 500 s, and of the week's, after 700 s. */
const used = (fiveHour: number, weekly: number) =>
  always({
    windows: [
      window("primary", fiveHour, 300, 500),
      window("secondary", weekly, 10_080, 700),
    ],
  });

function window(id: string, usedPercent: number, windowMinutes: number, resetsAt: number) {
  return { id, usedPercent, windowMinutes, resetsAt: at(resetsAt), extra: false };
}

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

  ["enough is left", { state: used(70, 70), need: { leftPercent: 30 } }, 0],
  ["too little of the five hours", { state: used(71, 0), need: { leftPercent: 30 } }, 510],
  ["too little of the week", { state: used(0, 71), need: { leftPercent: 30 } }, 710],
  ["too little of both", { state: used(71, 71), need: { leftPercent: 30 } }, 710],
  ["until a reading says that it is there", {
    state: (second) => used(second < 50 ? 71 : 60, 0)(second),
    need: { leftPercent: 30 },
  }, 50],
  ["too little, and the longest wait is over", {
    state: used(71, 0),
    need: { leftPercent: 30 },
    maxWaitSeconds: 0,
  }, false],
  ["too little, and paused", { state: used(71, 0), need: { leftPercent: 30 }, pausedFrom: 20 }, 20],
  ["too little by a reading that is too old", {
    state: () => used(71, 0)(-500),
    need: { leftPercent: 30 },
  }, 0],
  ["too little, and agents are held for longer", {
    state: (second) => ({ ...used(71, 0)(second), ...blocked(second, 900) }),
    need: { leftPercent: 30 },
  }, 900],
  ["one window alone", { state: used(71, 0), need: { leftPercent: 30, window: "weekly" } }, 0],
  ["by its id", { state: used(71, 0), need: { leftPercent: 30, window: "primary" } }, 510],
  ["one that is not known", { state: used(71, 0), need: { leftPercent: 30, window: "x" } }, 0],
  ["one window alone, while others hold", {
    state: (second) => ({ ...used(97, 0)(second), ...blocked(second, 900) }),
    need: { window: "weekly" },
  }, 0],
  ["one window alone, to its own threshold", {
    state: used(97, 0),
    need: { window: "fiveHour" },
  }, 510],

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
      () => processesWith("--after").includes(waiting.pid),
    );
    kill(waiting.pid, signal);
    assertEquals((await finish(waiting)).code, code);
  }
});

Deno.test({
  name: "wait: counts down on a terminal, in one line",
  ignore: SCRIPT === undefined,
  fn: async () => {
    await using box = new Sandbox();
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    assertEquals((await box.run(["wait", "--max-wait=0"])).code, 75);
    await using terminal = new PseudoTerminal(box, `'${BINARY}' wait; echo "code $?"`);
    await terminal.writes(/ends it[^]*ends it/);
    await box.run(["pause", "1h"]);
    await terminal.writes(/code \d+\r\n/);
    assertMatch(
      terminal.written,
      // deno-lint-ignore no-control-regex -- What takes a line away.
      /^(\r\x1b\[Kquota-sentry: waits until (\d{4}-\d\d-\d\d )?\d\d:\d\d \(\d:\d\d:\d\d\); Ctrl-C ends it){2,}\r\ncode 0\r\n$/,
    );
  },
});

Deno.test("wait: one line of a countdown, that fits", () => {
  const told = (seconds: number | undefined, isConfirming = false) =>
    waitsUntil(seconds === undefined ? undefined : at(seconds), at(-0.5), isConfirming)
      .replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d (?=\()/, "… ");
  assertEquals(told(3723), "waits until … (1:02:04); Ctrl-C ends it");
  assertEquals(told(0), "waits until … (0:00:01); Ctrl-C ends it");
  assertEquals(told(-9), "waits until … (0:00:00); Ctrl-C ends it");
  assertMatch(
    told(500_000, true),
    /^waits until … \(138:53:21\), and for a reading that says so; /,
  );
  assertMatch(told(undefined), /^waits until the quota is known to be there; /);
});

Deno.test("wait: on a narrow terminal the countdown leaves out whole parts", () => {
  const text = "waits until 10:33 (0:27:31), and for a reading that says so; Ctrl-C ends it";
  const named = `quota-sentry: ${text}`;
  assertEquals(fitting(text, 100), named);
  assertEquals(fitting(text, 80), named.replace(/; .*/, ""));
  assertEquals(fitting(text, 50), named.replace(/, .*/, ""));
  assertEquals(fitting(text, 39), "waits until 10:33 (0:27:31)");
  assertEquals(fitting(text, 8), "waits un");
});

Deno.test("wait: what is needed of a window, of the provider that is named", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 50 }));
  const wait = async (...args: string[]) => {
    const { code, stdout, stderr } = await box.run(["wait", "--max-wait=0", ...args]);
    return [code, stdout, stderr];
  };
  assertEquals(await wait("--need=40"), [0, "", ""]);
  assertEquals(await wait("--need=55"), [75, "", ""]);
  assertEquals(await wait("--need=55", "--window=weekly"), [0, "", ""]);
  assertEquals(await wait("--need=61", "--window=weekly"), [75, "", ""]);
  assertEquals(await wait("--need=55", "--window=5h"), [75, "", ""]);
  const [code, , stderr] = await wait("--need=55", "--window=hourly");
  assertEquals(code, 0);
  assertMatch(
    String(stderr),
    /^quota-sentry: the window "hourly" is not known, .*; there are: fiveHour, weekly$/m,
  );
  for (const wrong of ["0", "101", "x"]) assertEquals((await wait(`--need=${wrong}`))[0], 64);

  const claude = JSON.parse(JSON.stringify(usage({ used: 97 })).replace('"codex"', '"claude"'));
  box.answer(claude);
  assertEquals(await wait("--provider=claude"), [75, "", ""]);
  assertMatch(box.calls.at(-1)!, /--provider claude/);
  assertEquals(await wait(), [0, "", ""], "what was read for Codex stands");
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
