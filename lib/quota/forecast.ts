import { isFiveHourWindow, latestCredibleReset, type QuotaWindow } from "./window.ts";

/** Where a window gets to at the pace at which it is used. */
export interface Forecast {
  /** Percent of the window per second, above 0 or 0. */
  readonly percentPerSecond: number;
  /** What the pace is: of the last minute or so, or the mean since the window opened. */
  readonly basis: "last minute" | "window so far";
  /** `high` where both agree; `low` where they do not, or where there is little to go by. */
  readonly confidence: "high" | "medium" | "low";
  /** When it meets its threshold; undefined where it has, or does not before its reset. */
  readonly thresholdAt: Date | undefined;
  /** When it is full; undefined where it is not before its reset. */
  readonly wallAt: Date | undefined;
}

/** What a forecast is made from. */
export interface ForecastInput {
  readonly window: QuotaWindow;
  readonly thresholdPercent: number;
  /** Percent per second of the 5-hour window as it was measured last; undefined where it was not. */
  readonly burn: number | undefined;
  /** When the window's percentage was true. */
  readonly readAt: Date;
  readonly now: Date;
}

/** A mean over less than this share of a window, and less than this time, is no pace. */
const MIN_SHARE = 0.02;
const MIN_MS = 5 * 60_000;

/** A mean over less than this share of a window says little. */
const FAIR_SHARE = 0.1;

/** Two paces that differ by no more than this factor agree. */
const AGREE_FACTOR = 2;

/**
 * When a window meets its threshold, and the wall, if it goes on like this. Pure.
 *
 * @returns undefined where that cannot be known: it is full, it has reset, or there is no pace.
 */
export function forecast(
  { window, thresholdPercent, burn, readAt, now }: ForecastInput,
): Forecast | undefined {
  const { usedPercent, resetsAt } = window;
  if (resetsAt === null || resetsAt <= now || usedPercent >= 100) return undefined;
  const mean = meanPace(window, readAt);
  const recent = isFiveHourWindow(window) ? burn : undefined;
  const pace = recent ?? mean?.pace;
  if (pace === undefined) return undefined;
  const at = (percent: number) => {
    if (pace === 0 || percent <= usedPercent) return undefined;
    const date = new Date(readAt.getTime() + (percent - usedPercent) / pace * 1000);
    if (date >= resetsAt) return undefined;
    // It was to be so by now: it is about to be.
    return date < now ? now : date;
  };
  return {
    percentPerSecond: pace,
    basis: recent === undefined ? "window so far" : "last minute",
    confidence: confidenceOf(recent, mean),
    thresholdAt: at(thresholdPercent),
    wallAt: at(100),
  };
}

/** The pace since a window opened, and which share of it that is. */
interface Mean {
  readonly pace: number;
  readonly share: number;
}

function meanPace(
  { usedPercent, windowMinutes, resetsAt }: QuotaWindow,
  readAt: Date,
): Mean | undefined {
  // One of unknown length may have opened at any time.
  if (windowMinutes === null || resetsAt === null) return undefined;
  if (resetsAt > latestCredibleReset(windowMinutes, readAt)) return undefined;
  const lengthMs = windowMinutes * 60_000;
  const sinceMs = lengthMs - (resetsAt.getTime() - readAt.getTime());
  if (sinceMs < Math.max(MIN_MS, lengthMs * MIN_SHARE)) return undefined;
  return { pace: usedPercent / (sinceMs / 1000), share: sinceMs / lengthMs };
}

function confidenceOf(recent: number | undefined, mean: Mean | undefined): Forecast["confidence"] {
  if (recent === undefined) {
    return mean !== undefined && mean.share >= FAIR_SHARE ? "medium" : "low";
  }
  if (mean === undefined) return "low";
  const [less, more] = [Math.min(recent, mean.pace), Math.max(recent, mean.pace)];
  return more <= less * AGREE_FACTOR ? "high" : "low";
}
