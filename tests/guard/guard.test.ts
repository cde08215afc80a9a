import { assertEquals, assertMatch } from "@std/assert";
import { tryLock } from "../../lib/files/lock.ts";
import type { GuardOptions } from "../../lib/guard/arguments.ts";
import { guard, verboseLine } from "../../lib/guard/guard.ts";
import { beginHold } from "../../lib/guard/hold/hold.ts";
import { formatHold } from "../../lib/guard/hold/token.ts";
import type { Caller, LoadCaller } from "../../lib/harness/callers.ts";
import type { Outcome } from "../../lib/guard/verdict.ts";
import type { DatedReading } from "../../lib/quota/reading.ts";
import { DEFAULT_GUARD_RULES, type State } from "../../lib/state/state.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { stdinOf } from "../support/stdin.ts";
import { blockedFor, inSeconds, stateWith, writeState } from "../support/states.ts";

const INPUT = '{"session_id":"s","turn_id":"turn-1","transcript_path":"/session"}';

interface Situation {
  readonly state?: State;
  readonly options?: GuardOptions;
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly isDaemonAlive?: boolean;
  readonly mode?: number;
  readonly files?: Record<string, string>;
  readonly lastReading?: () => Promise<DatedReading | undefined>;
}

/** Calls the guard on a directory; a script asks, so that it never waits here. */
async function call(situation: Situation): Promise<Outcome> {
  const { state, options = {}, input = INPUT, env = {}, files = {} } = situation;
  await using directory = temporaryDirectory();
  const { path } = directory;
  if (state) writeState(path, state);
  Deno.mkdirSync(`${path}/turns`);
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(`${path}/${name}`, text);
  }
  if (situation.mode) Deno.chmodSync(path, situation.mode);
  using _lock = situation.isDaemonAlive ? tryLock(`${path}/quota-sentry.lock`) : undefined;
  return await guard(
    { stateDir: path, stateOnly: true, noNotify: true, hold: "new", ...options },
    calledWith(situation.lastReading),
    stdinOf(input),
    (name) => env[name],
  );
}

/** A harness with its usual home. */
function calledWith(
  lastReading: Caller["lastReading"] = () => Promise.resolve(undefined),
): LoadCaller {
  const caller = { lastReading, ownHome: () => undefined, denialText: (reason: string) => reason };
  return () => Promise.resolve(caller);
}

const BLOCKED = blockedFor(600);
const TURN = { "turns/turn-1": "" };
const PAUSE = { "quota-sentry.pause": "2100-01-01T00:00:00Z" };
const TOKEN = formatHold(beginHold(inSeconds(-60), inSeconds(600), undefined));
const BOUND = formatHold({
  ...beginHold(inSeconds(-60), inSeconds(600), undefined),
  bound: inSeconds(-1),
  then: "deny",
});
const withRules = (rules: Partial<State["guard"]>, state = BLOCKED): State => ({
  ...state,
  guard: { ...DEFAULT_GUARD_RULES, ...rules },
});

const CASES: [string, Situation, RegExp][] = [
  ["open", { state: stateWith() }, /^let go: test$/],
  ["no state", {}, /^let go: there is no state yet$/],
  ["blocked", { state: BLOCKED }, /^holds$/],
  ["blocked, and switched off", { state: BLOCKED, env: { QUOTA_SENTRY_DISABLE: "1" } }, /is set$/],
  ["blocked, and paused", { state: BLOCKED, files: PAUSE }, /paused until 2100-01-01T00:00:00Z$/],
  ["others may write there", { state: BLOCKED, mode: 0o777 }, /not ours alone$/],
  ["nowhere", { state: BLOCKED, options: { stateDir: undefined } }, /HOME is not set$/],
  ["at a bound, deny", {
    state: withRules({ noMoreHolds: true, then: "deny" }),
  }, /^denied: the number of holds/],
  ["a model request", { state: BLOCKED, isDaemonAlive: true, options: { on: "model" } }, /^holds$/],
  ["a compaction", { state: BLOCKED, isDaemonAlive: true, options: { on: "compact" } }, /^holds$/],
  ["a tool of a turn that is not guarded", { state: BLOCKED, options: { on: "tool" } }, /^holds$/],
  [
    "a tool of a turn that is",
    { state: BLOCKED, options: { on: "tool" }, files: TURN },
    /^let go: the model's requests of this turn are guarded$/,
  ],
  ["a tool of such a turn, where the user wants tools held", {
    state: withRules({ holdTools: true }),
    options: { on: "tool" },
    files: TURN,
  }, /^holds$/],
  ["a hold goes on", { state: BLOCKED, options: { hold: TOKEN } }, /^holds$/],
  ["a hold at its bound", { state: BLOCKED, options: { hold: BOUND } }, /^held for .* s, denied: /],
  [
    "one where nothing can be denied",
    {
      state: BLOCKED,
      options: { hold: BOUND, on: "model" },
    },
    /^held for .* s, let go: the longest hold \(maxHold\) is reached; its harness lets nobody deny/,
  ],
  ["a hold goes on, and it is open", { state: stateWith(), options: { hold: TOKEN } }, /^held for/],
  [
    "a hold of another version is judged anew",
    { state: stateWith(), options: { hold: "9,x" } },
    /^let go: test$/,
  ],
  ["something is broken", {
    state: stateWith(),
    isDaemonAlive: true,
    options: { on: "model" },
    lastReading: () => Promise.reject(new Error("unreadable")),
  }, /^let go: unreadable$/],
  ["something is broken that has no words", {
    state: stateWith(),
    isDaemonAlive: true,
    options: { on: "model" },
    lastReading: () => Promise.reject("no error"),
  }, /^let go: no error$/],
];
for (const [name, situation, expected] of CASES) {
  Deno.test(`guard: ${name}: ${expected.source}`, async () => {
    assertMatch((await call(situation)).text, expected);
  });
}

Deno.test("guard: a request whose session has met the wall waits for the daemon, and is held", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  const guardRules = { ...DEFAULT_GUARD_RULES, holdAt: { fiveHour: 95 } };
  writeState(path, stateWith({ guard: guardRules }));
  using _lock = tryLock(`${path}/quota-sentry.lock`);
  const window = { id: "primary", usedPercent: 96, windowMinutes: 300, extra: false };
  const asOf = inSeconds(1);
  const outcome = await guard(
    { stateDir: path, stateOnly: true, hold: "new", on: "model" },
    calledWith(() => {
      // The daemon comes to it meanwhile.
      writeState(path, blockedFor(600, { readAt: asOf, guard: guardRules }));
      const windows = [{ ...window, resetsAt: inSeconds(540) }];
      return Promise.resolve({ kind: "windows", source: "sessions", windows, problems: [], asOf });
    }),
    stdinOf(INPUT),
    () => undefined,
  );
  assertEquals(outcome.text, "holds");
});

Deno.test("guard: the line of --verbose", () => {
  assertMatch(verboseLine({ text: "let go: test" }), /^[\d-]{10}T[\d:]{8}Z guard: let go: test$/);
});

Deno.test({
  name: "guard: a daemon and a reading that cannot be had stop nobody",
  // The start of the daemon is not waited for; it may end in the test behind this one, so there is none.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const calls: [string, Situation, string][] = [
      ["no daemon, no state", { options: { startDaemon: true, stateOnly: false } }, "there is no"],
      ["a daemon that does not see", {
        state: stateWith({ status: "unknown", reason: "blind" }),
        isDaemonAlive: true,
        options: { startDaemon: true, on: "tool" },
      }, "blind"],
      ["nobody has looked since", {
        state: blockedFor(600, { updatedAt: inSeconds(-1000), readAt: inSeconds(-1000) }),
        options: { on: "compact", stateOnly: false },
      }, "the state is stale"],
      // Without a script, the guard itself is to leave the mark.
      ["a mark that cannot be left", {
        state: stateWith(),
        isDaemonAlive: true,
        options: { on: "model", hold: undefined },
      }, "test"],
      ["a mark that is there", {
        state: stateWith(),
        isDaemonAlive: true,
        files: TURN,
        options: { on: "model", hold: undefined },
      }, "test"],
      ["no turn to mark", {
        state: stateWith(),
        isDaemonAlive: true,
        input: "",
        options: { on: "model", hold: undefined },
      }, "test"],
    ];
    for (const [name, situation, reason] of calls) {
      const { text } = await call(situation);
      assertEquals(text.startsWith(`let go: ${reason}`), true, `${name}: ${text}`);
    }
  },
});
