import { assertEquals } from "@std/assert";
import { isNear, meets } from "../../lib/quota/nearness.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";
import { read } from "./readings.ts";

const HOLD_AT = { fiveHour: 95, weekly: 90 };
const window = (usedPercent: number, fields: Partial<QuotaWindow> = {}) =>
  read(usedPercent, fields).windows[0]!;
const week = { id: "secondary", windowMinutes: 10_080 };

const CASES: [string, QuotaWindow[], boolean, boolean][] = [
  ["no window", [], false, false],
  ["far", [window(86.9)], false, false],
  ["near", [window(87)], true, false],
  ["just below", [window(94.99)], true, false],
  ["at it", [window(95)], true, true],
  ["past it", [window(120)], true, true],
  ["one of two", [window(10), window(82, week)], true, false],
  ["a class that does not hold", [window(99, { windowMinutes: 60 })], false, false],
  ["an extra window is left to the daemon", [window(99, { extra: true })], false, false],
];
for (const [name, windows, near, met] of CASES) {
  Deno.test(`nearness: ${name}: near ${near}, meets ${met}`, () => {
    assertEquals([isNear(windows, HOLD_AT), meets(windows, HOLD_AT)], [near, met]);
  });
}
