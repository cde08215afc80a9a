import { assert, assertEquals } from "@std/assert";
import { beginHold, type HoldEvidence, stepHold } from "../../../lib/guard/hold/hold.ts";
import { DEFAULT_GUARD_RULES, type QuotaState } from "../../../lib/state/state.ts";

const START = new Date("2026-09-01T12:00:00Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

function state(fields: Partial<QuotaState>): QuotaState {
  return {
    status: "blocked",
    reason: "test",
    usedPercent: 97,
    windowMinutes: 300,
    resetsAt: null,
    blockedUntil: at(600),
    blockMinutes: 300,
    updatedAt: at(95),
    readAt: at(95),
    guard: DEFAULT_GUARD_RULES,
    droppedAt: undefined,
    ...fields,
  };
}

/** A hold that begins at 0 s and ends at 600 s. */
const HOLD = beginHold(START, at(600), state({}));

/** A daemon that lives, and nobody who wants anything. */
const EVIDENCE = {
  isDaemonAlive: true,
  maxStateAgeSeconds: 180,
  isParentGone: false,
  isPaused: false,
};

const CASES: [string, Partial<HoldEvidence>, "release" | number][] = [
  ["still blocked", { state: state({}) }, 600],
  ["the end is reached", { state: state({}), now: at(600) }, "release"],
  ["a moment before", { state: state({ updatedAt: at(590) }), now: at(599.999) }, 600],
  ["a fresh reading is open", { state: state({ status: "open", blockedUntil: null }) }, "release"],
  [
    "an old reading is open",
    { state: state({ status: "open", blockedUntil: null, updatedAt: at(-100) }) },
    600,
  ],
  ["unknown", { state: state({ status: "unknown", blockedUntil: null }) }, 600],
  ["unknown, and what it holds on was dropped", {
    state: state({ status: "unknown", blockedUntil: null, droppedAt: at(10) }),
  }, "release"],
  ["unknown, and what was held on before was dropped", {
    state: state({ status: "unknown", blockedUntil: null, droppedAt: at(-10) }),
  }, 600],
  ["what it holds on was dropped, and the unknown is to hold", {
    state: state({
      status: "unknown",
      blockedUntil: null,
      droppedAt: at(10),
      guard: { ...DEFAULT_GUARD_RULES, unknownHoldSeconds: 60 },
    }),
  }, 600],
  ["what it holds on was dropped, and the quota is spent", {
    state: state({ blockedUntil: at(300), droppedAt: at(10) }),
  }, 300],
  ["the state is gone", { state: undefined }, 600],
  ["a later end", { state: state({ blockedUntil: at(900) }) }, 900],
  ["an earlier end", { state: state({ blockedUntil: at(300) }) }, 300],
  ["a longer window is spent meanwhile", {
    state: state({ blockedUntil: at(3 * 86400), blockMinutes: 10_080 }),
  }, 3 * 86400],
  ["a shorter window is spent meanwhile", {
    state: state({ blockedUntil: at(900), blockMinutes: 60 }),
  }, 900],
  ["a later end in a stale state", {
    state: state({ blockedUntil: at(900), updatedAt: at(-100) }),
  }, 600],
  ["an end beyond belief", { state: state({ blockedUntil: at(30 * 86400) }) }, 600],
  ["the caller is gone", { state: state({}), isParentGone: true }, "release"],
  ["the user pauses", { state: state({}), isPaused: true }, "release"],
  ["asleep across the end", { state: state({}), now: at(40_000) }, "release"],
  ["the clock is set back a little", { state: state({ updatedAt: at(-300) }), now: at(-300) }, 600],
  ["the clock is set back by days", { state: state({}), now: at(-3 * 86400) }, "release"],
  ["the daemon is dead", { state: state({}), isDaemonAlive: false }, 600],
];

for (const [name, evidence, expected] of CASES) {
  Deno.test(`stepHold: ${name}: ${expected}`, () => {
    const step = stepHold(HOLD, {
      state: undefined,
      now: at(100),
      ...EVIDENCE,
      ...evidence,
    });
    assertEquals(
      step.kind === "hold" ? step.hold.until : step.kind,
      typeof expected === "number" ? at(expected) : expected,
    );
  });
}

Deno.test("stepHold: a reset that slides ahead for ever ends the hold in bounded time", () => {
  let hold = HOLD;
  let now = START;
  for (let minute = 0; minute < 24 * 60; minute++) {
    now = new Date(START.getTime() + minute * 60_000);
    const sliding = state({ updatedAt: now, blockedUntil: new Date(now.getTime() + 5 * 3600_000) });
    const step = stepHold(hold, {
      state: sliding,
      now,
      ...EVIDENCE,
    });
    if (step.kind !== "hold") break;
    hold = step.hold;
  }
  assertEquals((now.getTime() - START.getTime()) / 60_000, 300 + 15 + 60);
});

Deno.test("stepHold: a longer window that is spent meanwhile holds also behind the first end", () => {
  const weekly = { blockedUntil: at(3 * 86400), blockMinutes: 10_080 };
  const step = stepHold(HOLD, { ...EVIDENCE, state: state(weekly), now: at(100) });
  assert(step.kind === "hold");
  for (const seconds of [600, 6 * 3600 + 900, 2 * 86400]) {
    const later = {
      ...EVIDENCE,
      state: state({ ...weekly, updatedAt: at(seconds) }),
      now: at(seconds),
    };
    assertEquals(stepHold(step.hold, later).kind, "hold");
  }
  const end = { ...EVIDENCE, state: undefined, now: at(3 * 86400) };
  assertEquals(stepHold(step.hold, end).kind, "release");
});

Deno.test("stepHold: one that would last into a new week, as is known now, has its bound there", () => {
  const until = (seconds: number) => {
    const guard = { ...DEFAULT_GUARD_RULES, notBeyond: at(seconds) };
    return stepHold(HOLD, { ...EVIDENCE, state: state({ guard }), now: at(100) }).kind;
  };
  assertEquals([until(600), until(601)], ["bound", "hold"]);
});

Deno.test("stepHold: the user's bound on one hold", () => {
  const rules = { ...DEFAULT_GUARD_RULES, maxHoldSeconds: 60 };
  const hold = beginHold(START, at(600), state({ guard: rules }));
  assertEquals(stepHold(hold, { ...EVIDENCE, state: state({}), now: at(59) }).kind, "hold");
  assertEquals(stepHold(hold, { ...EVIDENCE, state: state({}), now: at(60) }).kind, "bound");
});
