import { assertEquals } from "@std/assert";
import { decide } from "../../lib/quota/decision.ts";
import { agree, doubtOf, type Known, knownFrom } from "../../lib/quota/doubt.ts";
import { type Block, settle } from "../../lib/quota/block.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
import type { Reading, WindowsReading } from "../../lib/quota/reading.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";
import { HELD, minutes, NOW, read } from "./readings.ts";

function known(usedPercent: number, fields: Partial<QuotaWindow> = {}): Known {
  return { source: "codexbar", windows: read(usedPercent, fields).windows, at: minutes(-1) };
}

const live = read;

const told = (
  usedPercent: number,
  fields: Partial<QuotaWindow> = {},
  more: Partial<WindowsReading> = {},
) => live(usedPercent, fields, { source: "sessions", ...more });

const ACCOUNT: Block = { ...HELD, what: "account", windowId: null, resetsAt: null };
const PAST = { ...HELD, resetsAt: minutes(-1), blockedUntil: minutes(1) };
const OVER = { ...HELD, resetsAt: minutes(-2), blockedUntil: minutes(-1) };
const FAILED: Reading = { kind: "failed", source: "auto", reason: "no answer" };
const NEW = { resetsAt: minutes(290) };

const CASES: [string, Known | undefined, Block | undefined, Reading, boolean][] = [
  ["the first reading ever, open", undefined, undefined, live(28), false],
  ["the first reading ever, at the wall", undefined, undefined, live(97), true],
  ["a jump to the wall", known(28), undefined, live(97), true],
  ["a climb to the wall", known(90), undefined, live(97), false],
  ["a climb to the wall, whatever failed since", known(94.5), undefined, live(95), false],
  ["at the wall, and the reset has moved", known(90), undefined, live(97, NEW), true],
  ["a flicker to 100", known(60), undefined, live(100), true],
  ["a new window that is spent", known(90, { resetsAt: minutes(-1) }), undefined, live(97), true],
  ["open and open", known(28), undefined, live(60), false],
  ["open, of another account", known(28), undefined, live(60, NEW), false],
  ["no answer", known(97), HELD, FAILED, false],
  ["held, and still spent", known(97), HELD, live(98), false],
  ["held, a fall before the reset", known(97), HELD, live(3), true],
  ["held, a fall after the reset", known(97), PAST, live(3, NEW), false],
  ["the account is stopped", known(97), undefined, live(97, {}, STOPPED()), false],
  [
    "the account is stopped, its windows are low",
    known(50),
    undefined,
    live(50, {}, STOPPED()),
    true,
  ],
  ["the account may go on again", known(50), ACCOUNT, live(50, {}, ALLOWED()), false],
  ["held, spent in a new window", known(97), HELD, live(98, NEW), true],
  ["held, spent until earlier", known(97), HELD, live(98, { resetsAt: minutes(10) }), true],
  ["held until a moment ago, spent", known(97), OVER, live(98), false],
  ["told: no reset", known(60), undefined, told(0, { resetsAt: null }), false],
  [
    "told: of another window, the shortest that has a reset counts",
    known(60),
    undefined,
    weekly(told(61, { windowMinutes: null, resetsAt: null }), 3),
    false,
  ],
  ["told: a climb", known(94.4), undefined, told(95.0), false],
  ["told: a jump", known(28), undefined, told(97), true],
  ["told: the first reading ever", undefined, undefined, told(97), true],
  ["told: open, first", undefined, undefined, told(50), false],
  ["told: another account's, open", known(60), undefined, told(20, NEW), true],
  ["told: another account's, long after", LONG_AGO(), undefined, told(20, NEW), false],
  ["told: another account's, spent", known(60), undefined, told(99, NEW), true],
  ["told: after the reset", known(97, { resetsAt: minutes(-1) }), undefined, told(2, NEW), false],
  ["told: a copied line", known(80), undefined, told(41), true],
  ["told: a little late, a little lower", known(80), undefined, told(79.5), false],
  ["told: held, a copied line", known(99), HELD, told(41), true],
  [
    "told: another plan",
    { ...known(60), plan: "plus" },
    undefined,
    told(61, {}, { plan: "pro" }),
    true,
  ],
  [
    "told: the same plan",
    { ...known(60), plan: "plus" },
    undefined,
    told(61, {}, { plan: "plus" }),
    false,
  ],
];

function LONG_AGO(): Known {
  return { ...known(60), at: minutes(-31) };
}

function STOPPED(): Partial<WindowsReading> {
  return { account: { reachedType: null, spendControlReached: false, usageAllowed: false } };
}

function ALLOWED(): Partial<WindowsReading> {
  return { account: { reachedType: "x", spendControlReached: false, usageAllowed: true } };
}

function settled(block: Block | undefined, reading: Reading) {
  return settle(block, reading, decide(reading, DEFAULT_POLICY, NOW), NOW);
}

for (const [name, before, block, reading, expected] of CASES) {
  Deno.test(`doubtOf: ${name}: ${expected}`, () => {
    const doubt = doubtOf({ known: before, block }, reading, settled(block, reading), NOW);
    assertEquals(doubt !== undefined, expected, doubt?.why);
  });
}

function weekly(reading: WindowsReading, days: number): WindowsReading {
  const window = { id: "secondary", usedPercent: 9, windowMinutes: 10080, extra: false };
  const resetsAt = minutes(days * 1440);
  return { ...reading, windows: [...reading.windows, { ...window, resetsAt }] };
}
const PLUS = { plan: "plus" };
const PLANS: [string, WindowsReading, WindowsReading, string | undefined][] = [
  ["the reading tells it", live(60, {}, PLUS), live(61, {}, { plan: "pro" }), "pro"],
  ["the reading tells none, of the same window", live(60, {}, PLUS), live(61), "plus"],
  [
    "the reading tells none, and resets at another time",
    live(60, {}, PLUS),
    live(61, NEW),
    undefined,
  ],
  [
    "the reading tells none, after the reset, in the same week",
    weekly(live(60, {}, PLUS), 3),
    weekly(live(1, NEW), 3),
    "plus",
  ],
  [
    "the reading tells none, and no reset",
    live(60, {}, PLUS),
    live(61, { resetsAt: null }),
    undefined,
  ],
  ["nobody has told it", live(60), live(61), undefined],
];
for (const [name, first, second, plan] of PLANS) {
  Deno.test(`knownFrom: the plan, where ${name}: ${plan}`, () => {
    const before = knownFrom(first, minutes(-1), undefined);
    assertEquals(knownFrom(second, NOW, before).plan, plan);
  });
}

Deno.test("doubtOf: a source that lags behind a session does not let anybody go", () => {
  const mayRepeat = (before: Known, used: number) => {
    const reading = live(used);
    const settlement = settled(HELD, reading);
    return doubtOf({ known: before, block: HELD }, reading, settlement, NOW)?.mayRepeat;
  };
  const session = { ...known(96), source: "sessions" };
  assertEquals(mayRepeat(session, 93), false);
  assertEquals(mayRepeat({ ...known(95), source: "sessions" }, 94), false);
  assertEquals(mayRepeat({ ...session, at: minutes(-11) }, 93), true);
  assertEquals(mayRepeat(session, 3), true);
  assertEquals(mayRepeat(known(96), 93), true);
});

Deno.test("doubtOf: a source lags by the window that is held on, and until that resets", () => {
  const mayRepeat = (block: Block, resetsAt: Date) => {
    const reading = weekly(live(1, { resetsAt }), 3);
    const known = { ...weekly(told(97), 3), at: minutes(-1) };
    const ofWeek = known.windows.map((window) =>
      window.id === "secondary" ? { ...window, usedPercent: 9.4 } : window
    );
    const before = { known: { ...known, windows: ofWeek }, block };
    return doubtOf(before, reading, settled(block, reading), NOW)?.mayRepeat;
  };
  // The week is told with its fractions, and rounded by the source.
  assertEquals(mayRepeat(HELD, minutes(290)), true);
  assertEquals(mayRepeat(PAST, minutes(290)), undefined);
  const week = { ...HELD, what: "weekly" as const, windowId: "secondary", resetsAt: minutes(4320) };
  assertEquals(mayRepeat({ ...week, blockedUntil: minutes(4321) }, minutes(290)), false);
  // Not every source tells a week's reset to the minute.
  const about = { ...week, resetsAt: minutes(4340), blockedUntil: minutes(4341) };
  const [reading, before] = [weekly(live(50), 3), weekly(told(51), 3)];
  const known = {
    ...before,
    at: minutes(-1),
    windows: before.windows.map((window) =>
      window.id === "secondary" ? { ...window, usedPercent: 10, resetsAt: minutes(4340) } : window
    ),
  };
  const doubt = doubtOf({ known, block: about }, reading, settled(about, reading), NOW);
  assertEquals(doubt?.mayRepeat, false);
});

Deno.test("doubtOf: what is written down cannot say the same again, what is asked can", () => {
  const doubt = (reading: Reading) =>
    doubtOf({ known: known(97), block: HELD }, reading, settled(HELD, reading), NOW)?.mayRepeat;
  assertEquals([doubt(live(3)), doubt(told(3))], [true, false]);
});

const PAIRS: [string, Reading, Reading, boolean][] = [
  ["both spent, for the same reset", live(97), told(98), true],
  ["both spent, for different resets", live(97), told(98, NEW), false],
  ["one spent", live(97), told(20), false],
  ["both open", live(30), told(20), true],
];
for (const [name, first, second, expected] of PAIRS) {
  Deno.test(`agree: ${name}: ${expected}`, () => {
    assertEquals(agree(settled(undefined, first), settled(undefined, second)), expected);
  });
}
