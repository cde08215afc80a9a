import type { Known } from "./doubt.ts";
import { authorityOf, type WindowsReading } from "./reading.ts";
import { isSameReset, windowLike } from "./same_window.ts";

/** What a session wrote down is more exact for this long, in milliseconds. */
const EXACT_FOR_MS = 120_000;

/**
 * A reading with the fractions that a session has just written down. Some sources round to whole
 * percents, up as well as down, and 94.99 must not hold where 95 does. Pure.
 *
 * @param known What was believed before, and when it was true.
 */
export function withFractions(
  reading: WindowsReading,
  known: Known | undefined,
  now: Date,
): WindowsReading {
  // What a session wrote is exact itself, also where it is a whole number.
  if (authorityOf(reading.source) === "recorded") return reading;
  const age = known ? now.getTime() - known.at.getTime() : Infinity;
  if (!known || authorityOf(known.source) !== "recorded" || age < 0 || age > EXACT_FOR_MS) {
    return reading;
  }
  const windows = reading.windows.map((window) => {
    const exact = windowLike(known, window);
    const isRounded = exact !== undefined && Number.isInteger(window.usedPercent) &&
      isSameReset(exact.resetsAt, window.resetsAt) &&
      Math.abs(exact.usedPercent - window.usedPercent) < 1;
    return isRounded ? { ...window, usedPercent: exact.usedPercent } : window;
  });
  return { ...reading, windows };
}
