import { isSameReset } from "./same_window.ts";
import type { QuotaWindow } from "./window.ts";

/** A value of the 5-hour window at some time. */
export interface Sample {
  readonly usedPercent: number;
  readonly resetsAt: Date | null;
  readonly at: Date;
}

/** Two readings closer than this, in milliseconds, tell nothing of the burn. */
const MIN_SPAN_MS = 5_000;

/** The burn is measured over about this long, in milliseconds, however often the quota is read. */
const SPAN_MS = 60_000;

/**
 * How fast a window is being used, in percent per second. Pure.
 *
 * @returns undefined when the readings are of different windows, or too close.
 */
export function burnRate(
  before: Sample | undefined,
  window: QuotaWindow,
  now: Date,
): number | undefined {
  if (!before || !isSameReset(before.resetsAt, window.resetsAt)) return undefined;
  const spanMs = now.getTime() - before.at.getTime();
  if (spanMs < MIN_SPAN_MS) return undefined;
  return Math.max(0, (window.usedPercent - before.usedPercent) / (spanMs / 1000));
}

/** The sample that the next burn is to be measured from: this reading, or one that still serves. Pure. */
export function nextSample(before: Sample | undefined, window: QuotaWindow, now: Date): Sample {
  const serves = before && isSameReset(before.resetsAt, window.resetsAt) &&
    now >= before.at && now.getTime() - before.at.getTime() < SPAN_MS;
  return serves ? before : { usedPercent: window.usedPercent, resetsAt: window.resetsAt, at: now };
}
