import { assertEquals } from "@std/assert";
import { foldedAway } from "../../lib/history/fold.ts";
import { minutes } from "../quota/readings.ts";
import { numbered, past } from "./past_readings.ts";

const STEP_MS = 5 * 60_000;

/** The minutes of those that stay. */
function kept(readings: ReturnType<typeof past>[]): number[] {
  const all = numbered(readings);
  const away = foldedAway(all, STEP_MS);
  return all.filter(({ id }) => !away.includes(id)).map(({ at }) =>
    (at.getTime() - minutes(0).getTime()) / 60_000
  );
}

Deno.test("fold: of each step the last one stays, and the first of all", () => {
  const readings = Array.from({ length: 12 }, (_, minute) => past(minute, minute));
  assertEquals(kept(readings), [0, 4, 9, 11]);
});

Deno.test("fold: the last one before a reset stays, and the first after another decision", () => {
  const later = { resetsAt: minutes(302) };
  const readings = [
    past(0, 94),
    past(1, 95, { status: "blocked" }),
    past(1.5, 96, { status: "blocked" }),
    past(2, 1, later),
    past(3, 2, later),
    past(4, 3, later),
  ];
  assertEquals(kept(readings), [0, 1, 1.5, 2, 4]);
});

Deno.test("fold: nothing stays nothing, and what is folded stays so", () => {
  assertEquals(foldedAway([], STEP_MS), []);
  const readings = [0, 4, 9, 11].map((minute) => past(minute, minute));
  assertEquals(kept(readings), [0, 4, 9, 11]);
});
