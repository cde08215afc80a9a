import { assertEquals } from "@std/assert";
import { classOf, type WindowClass } from "../../lib/quota/window.ts";
import { nameOf } from "../../lib/quota/window_name.ts";

/** Lengths in minutes that providers are known to report. */
const CASES: [number | null, boolean, WindowClass, string][] = [
  [300, false, "fiveHour", "5-hour window"],
  [298, false, "shortTerm", "298-minute window"],
  [299, false, "fiveHour", "5-hour window"],
  [301, false, "fiveHour", "5-hour window"],
  [302, false, "shortTerm", "302-minute window"],
  [300, true, "extra", 'window "w"'],
  [5, false, "shortTerm", "5-minute window"],
  [60, false, "shortTerm", "1-hour window"],
  [1440, false, "shortTerm", "1-day window"],
  [1441, false, "longTerm", "1441-minute window"],
  [10019, false, "longTerm", "10019-minute window"],
  [10020, false, "weekly", "weekly window"],
  [10079, false, "weekly", "weekly window"],
  [10080, false, "weekly", "weekly window"],
  [10081, false, "weekly", "weekly window"],
  [10140, false, "weekly", "weekly window"],
  [10141, false, "longTerm", "10141-minute window"],
  [43200, false, "longTerm", "30-day window"],
  [null, false, "unknown", "w window (of unknown length)"],
  [null, true, "extra", 'window "w"'],
];

for (const [windowMinutes, extra, expected, name] of CASES) {
  Deno.test(`classOf: ${windowMinutes} minutes${extra ? ", extra" : ""}: ${expected}`, () => {
    const window = { id: "w", usedPercent: 1, windowMinutes, resetsAt: null, extra };
    assertEquals(classOf(window), expected);
    assertEquals(nameOf(window), name);
  });
}
