import { assertEquals } from "@std/assert";
import { type Evidence, verdictOn } from "../../lib/guard/verdict.ts";
import { DEFAULT_GUARD_RULES, type QuotaState } from "../../lib/state/state.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const seconds = (n: number) => new Date(NOW.getTime() + n * 1000);

function state(fields: Partial<QuotaState>): QuotaState {
  return {
    status: "open",
    reason: "test",
    usedPercent: 97,
    windowMinutes: 300,
    resetsAt: null,
    blockedUntil: null,
    blockMinutes: null,
    updatedAt: seconds(-30),
    readAt: seconds(-30),
    guard: DEFAULT_GUARD_RULES,
    droppedAt: undefined,
    ...fields,
  };
}

const blocked = (until: number, age: number) =>
  state({ status: "blocked", blockedUntil: seconds(until), updatedAt: seconds(-age) });

const withRules = (rules: Partial<QuotaState["guard"]>, fields: Partial<QuotaState> = {}) => ({
  state: { ...blocked(600, 30), ...fields, guard: { ...DEFAULT_GUARD_RULES, ...rules } },
});

/** A block of some days, with what the state says of its window. */
const days = (n: number, blockMinutes: number | null) => ({
  state: { ...blocked(n * 86_400, 30), usedPercent: null, windowMinutes: null, blockMinutes },
});

const CASES: [string, Partial<Evidence>, string][] = [
  ["blocked for days by a week's window, after a reading that failed", days(6, 10_080), "hold"],
  ["blocked for days by a window of five hours", days(6, 300), "pass"],
  ["blocked for days by nobody knows what", days(6, null), "pass"],
  ["no state", { state: undefined }, "ask"],
  ["open and fresh", { state: state({}) }, "pass"],
  ["open and stale", { state: state({ updatedAt: seconds(-181) }) }, "ask"],
  [
    "open and stale, whatever the daemon does",
    { state: state({ updatedAt: seconds(-181) }), isDaemonAlive: true },
    "ask",
  ],
  ["open, from a little ahead", { state: state({ updatedAt: seconds(20) }) }, "pass"],
  ["open, from far ahead", { state: state({ updatedAt: seconds(4000) }) }, "ask"],
  ["unknown and fresh", { state: state({ status: "unknown" }) }, "pass"],
  ["blocked and fresh", { state: blocked(600, 30) }, "hold"],
  ["blocked, stale, no daemon", { state: blocked(600, 181) }, "ask"],
  ["blocked, stale, a daemon", { state: blocked(600, 181), isDaemonAlive: true }, "hold"],
  ["blocked until now", { state: blocked(0, 30), isDaemonAlive: true }, "pass"],
  ["blocked until a moment ago, stale", { state: blocked(-1, 200), isDaemonAlive: true }, "ask"],
  [
    "blocked for longer than any window, since the clock was set back",
    { state: blocked(8 * 3600, 30), isDaemonAlive: true },
    "pass",
  ],
  [
    "unknown, and the user wants to wait",
    withRules({ unknownHoldSeconds: 60 }, {
      status: "unknown",
      blockedUntil: null,
    }),
    "hold",
  ],
  ["no more holds today", withRules({ noMoreHolds: true }), "pass"],
  ["no more holds today, deny", withRules({ noMoreHolds: true, then: "deny" }), "deny"],
  ["not into the new week", withRules({ notBeyond: seconds(600) }), "pass"],
  ["not into the new week, deny", withRules({ notBeyond: seconds(500), then: "deny" }), "deny"],
  ["well before the new week", withRules({ notBeyond: seconds(601), then: "deny" }), "hold"],
];

for (const [name, evidence, kind] of CASES) {
  Deno.test(`verdictOn: ${name}: ${kind}`, () => {
    const verdict = verdictOn({
      state: undefined,
      now: NOW,
      isDaemonAlive: false,
      maxStateAgeSeconds: 180,
      ...evidence,
    });
    assertEquals(verdict.kind, kind);
  });
}
