import { assert, assertEquals } from "@std/assert";
import { beginHold, type Hold } from "../../../lib/guard/hold/hold.ts";
import { answerFor } from "../../../lib/guard/hold/in_script.ts";
import { DEFAULT_GUARD_RULES, type QuotaState } from "../../../lib/state/state.ts";

const START = new Date("2026-09-01T12:00:00Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

/** A hold that ends at `end` seconds, with the user's bound at `bound`. */
function holdFor(end: number, bound: number | null = null): Hold {
  const guard = { ...DEFAULT_GUARD_RULES, maxHoldSeconds: bound };
  return beginHold(START, at(end), { guard, blockMinutes: 300 } as QuotaState);
}

/** What the script is told at `now` seconds: the event, and in how many seconds it comes. */
function told(hold: Hold, now: number): { event: string; seconds: number } {
  const [, event, stretches, seconds] = answerFor(hold, at(now), 1).split(" ");
  assert(/^\d+$/.test(stretches!) && /^\d+\.\d{3}$/.test(seconds!), `${stretches} ${seconds}`);
  assert(Number(seconds) > 0, "a sleep of nothing");
  return { event: event!, seconds: Number(stretches) * 60 + Number(seconds) };
}

const TABLE: [string, Hold, number, string, number][] = [
  ["far from the end it looks again shortly before it", holdFor(600), 0, "look", 555],
  ["near the end it goes on by itself", holdFor(600), 500, "time", 100],
  ["a whole number of stretches", holdFor(600), 540, "time", 60],
  ["a moment before the end", holdFor(600), 599.999, "time", 0.001],
  ["at the end", holdFor(600), 600, "time", 0.001],
  ["past the end", holdFor(600), 900, "time", 0.001],
  ["a bound far before the end", holdFor(600, 300), 0, "look", 255],
  ["a bound just before the end", holdFor(600, 599), 555, "look", 44],
  ["a bound just before the end, from afar", holdFor(600, 599), 0, "look", 554],
  ["a bound at the end", holdFor(600, 600), 555, "time", 45],
  ["a bound behind the end", holdFor(600, 601), 555, "time", 45],
  ["a moment before the bound", holdFor(600, 300), 299.999, "look", 1],
  ["past the bound", holdFor(600, 300), 400, "look", 1],
  ["a bound beyond all dates is none", holdFor(600, 1e300), 555, "time", 45],
];
for (const [name, hold, now, event, seconds] of TABLE) {
  Deno.test(`step: ${name}: ${event} in ${seconds} s`, () => {
    assertEquals(told(hold, now), { event, seconds });
  });
}

Deno.test("step: wherever the bound is, the script asks a few times only, and never for nothing", () => {
  for (const end of [5, 30, 59, 60, 61, 105, 106, 600, 17_999]) {
    for (const before of [0.001, 0.5, 1, 2, 30, 44, 45, 46, 60, 104, 105, 106, 500]) {
      const hold = holdFor(end, Math.max(0.001, end - before));
      const bound = hold.bound!.getTime() / 1000 - START.getTime() / 1000;
      let asked = 0;
      for (let now = 0; now < bound; asked++) now += told(hold, now).seconds;
      assert(asked <= 3, `asked ${asked} times: end ${end}, bound ${before} before it`);
    }
  }
});
