import { assertEquals } from "@std/assert";
import { type Standing, standingOf } from "../../lib/guard/standing.ts";
import { DEFAULT_GUARD_RULES, type State } from "../../lib/state/state.ts";
import { blockedFor, inSeconds, stateWith } from "../support/states.ts";

const STALE = { updatedAt: inSeconds(-1000) };
const rules = (fields: Partial<State["guard"]>) => ({
  guard: { ...DEFAULT_GUARD_RULES, ...fields },
});
const TOO_OLD = "the last reading is too old to say what is so now";

const CASES: [string, State, boolean, Partial<Standing>][] = [
  ["open", stateWith(), false, {
    status: "open",
    reason: "test",
    isStale: false,
    lastKnown: undefined,
  }],
  ["open and stale", stateWith(STALE), true, {
    status: "unknown",
    reason: TOO_OLD,
    isStale: true,
    lastKnown: { status: "open", reason: "test" },
  }],
  ["unknown", stateWith({ status: "unknown" }), false, { status: "unknown", despite: undefined }],
  ["blocked, stale, no daemon", blockedFor(600, STALE), false, {
    status: "unknown",
    lastKnown: { status: "blocked", reason: "test" },
  }],
  ["blocked until a moment ago", blockedFor(-1), false, { status: "open", despite: undefined }],
  ["at a bound", blockedFor(600, rules({ noMoreHolds: true })), false, {
    status: "blocked",
    despite: "agents go on: the number of holds a day (maxHoldsPerDay) is used up",
  }],
  ["at a bound, deny", blockedFor(600, rules({ noMoreHolds: true, then: "deny" })), false, {
    status: "blocked",
    despite: "calls are denied: the number of holds a day (maxHoldsPerDay) is used up",
  }],
];
for (const [name, state, isDaemonAlive, expected] of CASES) {
  Deno.test(`standing: ${name}: ${expected.status}`, () => {
    const standing = standingOf(state, { now: new Date(), isDaemonAlive, maxStateAgeSeconds: 180 });
    for (const [key, value] of Object.entries(expected)) {
      assertEquals(standing[key as keyof Standing], value, key);
    }
    assertEquals(standing.until, undefined);
  });
}

Deno.test("standing: a hold says until when, also where only the daemon keeps a stale one up", () => {
  for (const fields of [{}, STALE]) {
    const state = blockedFor(600, fields);
    const evidence = { now: new Date(), isDaemonAlive: true, maxStateAgeSeconds: 180 };
    const { status, until, isStale, despite } = standingOf(state, evidence);
    assertEquals([status, until, despite], ["blocked", state.blockedUntil!, undefined]);
    assertEquals(isStale, fields === STALE);
  }
});
