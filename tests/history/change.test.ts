import { assertEquals } from "@std/assert";
import { hasReset, isWorthKeeping } from "../../lib/history/change.ts";
import { minutes } from "../quota/readings.ts";
import { fiveHour, past } from "./past_readings.ts";

Deno.test("change: what is kept after a reading of 40 %", () => {
  const last = past(0, 40);
  const cases: [string, ReturnType<typeof past>, boolean][] = [
    ["the same one", past(0, 40), false],
    ["nothing new", past(1, 40), false],
    ["a percent more", past(0.1, 41), true],
    ["a little more at once", past(0.1, 40.2), false],
    ["a little more a minute later", past(1, 40.2), true],
    ["another end", past(1, 40, { resetsAt: minutes(210) }), true],
    ["an end that is off by seconds", past(1, 40, { resetsAt: minutes(200.5) }), false],
    ["another decision", past(1, 40, { status: "blocked" }), true],
    ["nothing new for an hour", past(60, 40), true],
    ["the clock was set back", past(-5, 40), true],
    ["a window more", { ...past(1, 40), windows: [fiveHour(40), fiveHour(1)] }, true],
  ];
  for (const [what, now, isKept] of cases) assertEquals(isWorthKeeping(last, now), isKept, what);
  assertEquals(isWorthKeeping(undefined, last), true);
});

Deno.test("change: the end of an unused window moves on without news", () => {
  const [last, now] = [past(0, 0), past(10, 0, { resetsAt: minutes(210) })];
  assertEquals(isWorthKeeping(last, now), false);
});

Deno.test("change: a window has reset when less is used and it ends later, or its end has passed", () => {
  const before = fiveHour(80, minutes(10));
  const cases: [string, ReturnType<typeof fiveHour>, number, boolean][] = [
    ["a new window", fiveHour(3, minutes(310)), 11, true],
    ["early", fiveHour(3, minutes(305)), 5, true],
    ["less, of the same one", fiveHour(79, minutes(10.5)), 5, false],
    ["more, of a later one", fiveHour(81, minutes(310)), 11, false],
    ["an earlier one", fiveHour(3, minutes(-100)), 5, false],
    ["unused, after its end", fiveHour(0, null), 11, true],
    ["unused, before its end", fiveHour(0, null), 5, false],
  ];
  for (const [what, now, at, expected] of cases) {
    assertEquals(hasReset(before, now, minutes(at)), expected, what);
  }
  assertEquals(hasReset(fiveHour(80, null), fiveHour(3), minutes(5)), false);
});
