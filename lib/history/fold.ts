import { hasReset } from "./change.ts";
import type { Numbered, PastReading } from "./past.ts";
import { windowLike } from "../quota/same_window.ts";

const DAY_MS = 86_400_000;

/** Readings older than this are folded to one in each step. */
export interface FoldStage {
  readonly name: string;
  readonly afterMs: number;
  readonly stepMs: number;
}

/** All of two days, then a reading in five minutes, then one an hour. */
export const FOLD_STAGES: readonly FoldStage[] = [
  { name: "minutes", afterMs: 2 * DAY_MS, stepMs: 300_000 },
  { name: "hours", afterMs: 30 * DAY_MS, stepMs: 3_600_000 },
];

/** What is older is forgotten, in milliseconds. */
export const FORGOTTEN_AFTER_MS = 400 * DAY_MS;

/**
 * Which readings are not kept when these are folded: of each step the last one stays, and so does the
 * last one before a window reset, which tells what was left unused, and the first after another
 * decision. Pure.
 *
 * @param readings In the order of their times.
 * @returns Their numbers.
 */
export function foldedAway(readings: readonly Numbered<PastReading>[], stepMs: number): number[] {
  const stepOf = ({ at }: PastReading) => Math.floor(at.getTime() / stepMs);
  return readings.flatMap((reading, index) => {
    const [before, next] = [readings[index - 1], readings[index + 1]];
    const isLast = !next || stepOf(next) !== stepOf(reading);
    const isKept = isLast || before?.status !== reading.status || isBeforeReset(reading, next);
    return isKept ? [] : [reading.id];
  });
}

function isBeforeReset(reading: PastReading, next: PastReading): boolean {
  return reading.windows.some((window) => {
    const after = windowLike(next, window);
    return after !== undefined && hasReset(window, after, next.at);
  });
}
