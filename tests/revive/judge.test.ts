import { assertEquals, assertMatch } from "@std/assert";
import type { HoldBounds } from "../../lib/config/settings.ts";
import type { Death } from "../../lib/harness/death.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";
import { isConfirmed } from "../../lib/revive/confirmed.ts";
import { type Circumstances, confirms, isForgotten, judge } from "../../lib/revive/judge.ts";
import type { Revival } from "../../lib/state/revivals.ts";
import { stateWith } from "../support/states.ts";

const NOW = new Date("2026-09-01T12:00:00Z");

const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const BOUNDS: HoldBounds = {
  maxHoldSeconds: null,
  then: "release",
  notIntoNewWeek: false,
  maxHoldsPerDay: null,
  staggerSeconds: 2,
  holdTools: false,
  onUnknown: "open",
  onUnknownMaxSeconds: 300,
};

function window(fields: Partial<QuotaWindow> = {}): QuotaWindow {
  const five = { id: "primary", usedPercent: 100, windowMinutes: 300, extra: false };
  return { ...five, resetsAt: at(-120), ...fields };
}

const weekly = (fields: Partial<QuotaWindow> = {}) =>
  window({
    id: "secondary",
    usedPercent: 40,
    windowMinutes: 10_080,
    resetsAt: at(9999),
    ...fields,
  });

/** Died an hour ago; its window has reset two minutes ago. */
function death(fields: Partial<Death> = {}): Death {
  return {
    session: "s",
    turn: "t",
    file: "/f",
    diedAt: at(-3600),
    resetsAt: at(-120),
    windows: [window()],
    place: "terminal",
    directory: "/w",
    resume: [],
    doubt: undefined,
    ...fields,
  };
}

/** The window after it, as somebody who was asked just now has told it. */
const OPEN = stateWith({
  source: "codex",
  readAt: at(-3),
  windows: [window({ usedPercent: 2, resetsAt: at(17_000) })],
});

function fate(of: Partial<Death>, fields: Partial<Circumstances> = {}) {
  return judge(death(of), {
    state: OPEN,
    bounds: BOUNDS,
    resetBufferSeconds: 60,
    revivals: [],
    waiting: 0,
    now: NOW,
    ...fields,
  });
}

function revival(fields: Partial<Revival> = {}): Revival {
  return { session: "s", turn: "t", diedAt: at(-3600), seenAt: at(-3600), ...fields };
}

Deno.test("judge: its quota is back, and a reading says so", () => {
  assertEquals(fate({}), { kind: "ready" });
  assertEquals(fate({}, { revivals: [revival({ checkedOut: "x" })] }), { kind: "ready" });
  // The machine slept through the reset, and half a day more.
  const slept = { diedAt: at(-60_000), resetsAt: at(-50_000) };
  assertEquals(fate({ ...slept, windows: [window({ resetsAt: at(-50_000) })] }), { kind: "ready" });
});

Deno.test("judge: nothing before a reading confirms that the quota is back", () => {
  const cases: [string, Circumstances["state"]][] = [
    ["no state", undefined],
    ["blocked", { ...OPEN, status: "blocked" }],
    ["unknown", { ...OPEN, status: "unknown" }],
    ["it was read before it died", { ...OPEN, readAt: at(-3601) }],
    ["it is too old", { ...OPEN, readAt: at(-91) }],
    ["it is of the future", { ...OPEN, readAt: at(10) }],
    ["the backend says no", {
      ...OPEN,
      account: { reachedType: null, spendControlReached: false, usageAllowed: false },
    }],
    ["a window that does not hold is spent", {
      ...OPEN,
      windows: [...OPEN.windows, weekly({ usedPercent: 100 })],
    }],
  ];
  for (const [name, state] of cases) assertEquals(fate({}, { state }).kind, "wait", name);
});

Deno.test("judge: what a session was told confirms only after the reset", () => {
  const told = { ...OPEN, source: "sessions" };
  assertEquals(fate({}, { state: told }), { kind: "ready" });
  const resetsAt = at(-2);
  assertEquals(fate({ resetsAt, windows: [window({ resetsAt })] }, { state: told }).kind, "wait");
});

Deno.test("judge: not before the reset and the buffer, unless a new window was given early", () => {
  const resetsAt = at(-30);
  const sameWindow = { ...OPEN, windows: [window({ usedPercent: 2, resetsAt })] };
  const waits = fate({ resetsAt, windows: [window({ resetsAt })] }, { state: sameWindow });
  assertEquals(waits.kind === "wait" && waits.until, at(30));
  const early = { resetsAt: at(3000), windows: [window({ resetsAt: at(3000) })] };
  assertEquals(fate(early), { kind: "ready" });
  assertEquals(fate(early, { state: { ...OPEN, windows: [] } }).kind, "wait");
});

Deno.test("judge: what is for a person to decide", () => {
  const cases: [RegExp, Partial<Death>, Partial<Circumstances>][] = [
    [/^it is a copy/, { doubt: "it is a copy" }, {}],
    [/^its file does not tell when/, { resetsAt: undefined }, {}],
    [/another account's$/, { windows: [window(), weekly()] }, {
      state: { ...OPEN, windows: [...OPEN.windows, weekly({ resetsAt: at(5000) })] },
    }],
    [/notIntoNewWeek/, { windows: [window(), weekly({ resetsAt: at(-5) })] }, {
      bounds: { ...BOUNDS, notIntoNewWeek: true },
    }],
    [/maxHold/, {}, { bounds: { ...BOUNDS, maxHoldSeconds: 1800 } }],
    [/^1 were brought back in the last 24 hours/, {}, {
      bounds: { ...BOUNDS, maxHoldsPerDay: 1 },
      revivals: [revival({ session: "other", begunAt: at(-5000), outcome: "done" })],
    }],
    [/nothing is known of that$/, {}, { revivals: [revival({ begunAt: at(-30) })] }],
    [/nothing is known of that$/, {}, {
      revivals: [revival({ begunAt: at(-30), outcome: "done" })],
    }],
    [/has not yet: Esc$/, {}, {
      revivals: [revival({ begunAt: at(-30), outcome: "pending", why: "Esc" })],
    }],
    [/^codex was not found$/, {}, {
      revivals: [
        revival({ begunAt: at(-300), tries: 5, outcome: "not-done", why: "codex was not found" }),
      ],
    }],
    [/again within ten minutes/, {}, {
      revivals: [revival({ turn: "before", begunAt: at(-4000), outcome: "done" })],
    }],
    [/in this window already$/, {}, {
      revivals: [
        revival({ turn: "before", begunAt: at(-9000), resetsAt: at(-150), outcome: "done" }),
      ],
    }],
  ];
  for (const [why, of, fields] of cases) {
    const judged = fate(of, fields);
    assertMatch(judged.kind === "tell" ? judged.why : judged.kind, why);
  }
});

Deno.test("judge: where nothing was done it is tried again a minute later, five times in all", () => {
  const tried = (begun: number, tries: number) =>
    fate({}, { revivals: [revival({ begunAt: at(begun), tries, outcome: "not-done" })] }).kind;
  assertEquals([tried(-30, 1), tried(-51, 1), tried(-51, 4), tried(-51, 5)], [
    "wait",
    "ready",
    "ready",
    "tell",
  ]);
});

Deno.test("judge: what was brought back in an earlier window comes back in the next one", () => {
  const before = revival({ turn: "before", begunAt: at(-18_000), resetsAt: at(-18_100) });
  assertEquals(fate({}, { revivals: [{ ...before, outcome: "done" }] }), { kind: "ready" });
  assertEquals(fate({}, { revivals: [{ ...before, session: "x" }] }), { kind: "ready" });
});

Deno.test("judge: a run whose file tells no reset goes on when somebody who was asked confirms it", () => {
  const run = { place: "run", resetsAt: undefined, windows: [] } as const;
  assertEquals(fate(run), { kind: "ready" });
  assertEquals(fate(run, { state: { ...OPEN, source: "sessions" } }).kind, "wait");
});

Deno.test("judge: a clock that was set back keeps nobody waiting", () => {
  const other = revival({ session: "x", begunAt: at(50_000), outcome: "done" });
  assertEquals(fate({}, { revivals: [other] }), { kind: "ready" });
});

Deno.test("judge: one after the other, behind those that are held", () => {
  const other = revival({ session: "x", begunAt: at(-1), outcome: "done" });
  const next = fate({}, { revivals: [other] });
  assertEquals(next.kind === "wait" && next.until, at(1));
  const resetsAt = at(-50);
  const just = { resetsAt, windows: [window({ resetsAt })] };
  const fields = { resetBufferSeconds: 5, waiting: 1 };
  assertEquals(fate(just, fields).kind, "wait");
  assertEquals(fate(just, { ...fields, waiting: 0 }).kind, "ready");
  // Who is held long after the reset waits for something else.
  assertEquals(fate({}, { waiting: 1 }).kind, "ready");
});

Deno.test("judge: nobody is told of what reset more than four days ago: a weekend is shorter", () => {
  assertEquals(isForgotten(death({ resetsAt: at(-3 * 86_400) }), NOW), false);
  assertEquals(isForgotten(death({ resetsAt: at(-4 * 86_400 - 1) }), NOW), true);
  assertEquals(isForgotten(death({ resetsAt: undefined, diedAt: at(-4 * 86_400 - 1) }), NOW), true);
  assertEquals(isForgotten(death({ diedAt: at(-500_000), resetsAt: at(-5) }), NOW), false);
});

Deno.test("judge: a death whose reset is not known is confirmed by somebody who was asked alone", () => {
  const unknown = confirms(death({ resetsAt: undefined, windows: [] }));
  assertEquals(isConfirmed(OPEN, unknown, NOW), true);
  assertEquals(isConfirmed({ ...OPEN, source: "sessions" }, unknown, NOW), false);
});
