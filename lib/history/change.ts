import { isSameReset, windowLike } from "../quota/same_window.ts";
import type { QuotaWindow } from "../quota/window.ts";
import type { PastReading } from "./past.ts";

/** So much later a reading is kept that says the same: a daemon that ran is told from one that did not. */
const KEPT_EVERY_MS = 3_600_000;

/** Sooner than this a change of less than a percent is not kept: many sessions change a little each second. */
const SMALL_CHANGE_EVERY_MS = 60_000;

/** Whether a reading is worth keeping, after the one that was kept last. Pure. */
export function isWorthKeeping(last: PastReading | undefined, now: PastReading): boolean {
  if (!last) return true;
  const ageMs = now.at.getTime() - last.at.getTime();
  // The same one again; or the clock was set back, and it is one that is new.
  if (ageMs === 0) return false;
  if (ageMs < 0 || ageMs >= KEPT_EVERY_MS || last.status !== now.status) return true;
  if (last.windows.length !== now.windows.length) return true;
  return now.windows.some((window) => {
    const before = windowLike(last, window);
    if (!before) return true;
    const moved = Math.abs(window.usedPercent - before.usedPercent);
    return isOtherReset(before, window) || moved >= 1 ||
      (moved > 0 && ageMs >= SMALL_CHANGE_EVERY_MS);
  });
}

/**
 * Whether a window has reset between two readings: less is used, and it ends later, or its end has
 * passed. Pure.
 *
 * @param at When the later reading was true.
 */
export function hasReset(before: QuotaWindow, now: QuotaWindow, at: Date): boolean {
  if (now.usedPercent >= before.usedPercent) return false;
  if (before.resetsAt === null) return false;
  if (now.resetsAt === null) return before.resetsAt <= at;
  return now.resetsAt > before.resetsAt && !isSameReset(before.resetsAt, now.resetsAt);
}

/** Of a window of which nothing is used, the end moves on with the time. */
function isOtherReset(before: QuotaWindow, now: QuotaWindow): boolean {
  if (before.usedPercent === 0 && now.usedPercent === 0) return false;
  if (before.resetsAt === null && now.resetsAt === null) return false;
  return !isSameReset(before.resetsAt, now.resetsAt);
}
