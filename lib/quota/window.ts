/** Length of Codex's 5-hour window in minutes. */
export const FIVE_HOUR_MINUTES = 300;

/** How far its length may be off, in minutes: one backend floors it (299 and 10,079 are seen). */
const FIVE_HOUR_TOLERANCE_MINUTES = 1;

/** Minutes of a day. */
export const DAY_MINUTES: number = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** How far a weekly window's length may be off, in minutes: a change of the clocks is an hour. */
const WEEK_TOLERANCE_MINUTES = 60;

/**
 * How much later than its own length a window may claim to reset, in minutes. A window that was just
 * opened resets one length ahead; clocks differ a little; anything beyond is a broken number.
 */
const RESET_SLACK_MINUTES = 15;

/** One quota window as a source reported it. Times are UTC. */
export interface QuotaWindow {
  /** Where the source reported it (`primary`, `secondary`, `tertiary`) or the id of an extra window. */
  readonly id: string;
  /** Percent of the quota used, 0 and up; may be fractional and, at some sources, more than 100. */
  readonly usedPercent: number;
  /** Length in minutes; null where the source does not say. */
  readonly windowMinutes: number | null;
  /** When the window resets; null where the source does not say (an unused window, for one). */
  readonly resetsAt: Date | null;
  /** True for a model-specific or otherwise additional window. */
  readonly extra: boolean;
}

/** What a window is, by its length and never by its position; policies go by this. */
export type WindowClass = "fiveHour" | "shortTerm" | "weekly" | "longTerm" | "extra" | "unknown";

/** All classes, in the order in which they are shown. */
export const WINDOW_CLASSES: readonly WindowClass[] = [
  "fiveHour",
  "shortTerm",
  "weekly",
  "longTerm",
  "extra",
  "unknown",
];

/** The class of a window. */
export function classOf({ windowMinutes, extra }: QuotaWindow): WindowClass {
  if (extra) return "extra";
  if (windowMinutes === null) return "unknown";
  if (Math.abs(windowMinutes - FIVE_HOUR_MINUTES) <= FIVE_HOUR_TOLERANCE_MINUTES) return "fiveHour";
  if (windowMinutes <= DAY_MINUTES) return "shortTerm";
  return Math.abs(windowMinutes - WEEK_MINUTES) <= WEEK_TOLERANCE_MINUTES ? "weekly" : "longTerm";
}

/** True when both are the same kind of window; extra windows are known by their ids. */
export function sameKind(a: QuotaWindow, b: QuotaWindow): boolean {
  return classOf(a) === classOf(b) && (!a.extra || a.id === b.id);
}

/** True for the main 5-hour window, in whichever slot it was reported. */
export function isFiveHourWindow(window: QuotaWindow): boolean {
  return classOf(window) === "fiveHour";
}

/** True when both say the same about the quota, wherever they were reported. */
export function sameQuota(a: QuotaWindow, b: QuotaWindow): boolean {
  return a.usedPercent === b.usedPercent && a.windowMinutes === b.windowMinutes &&
    a.resetsAt?.getTime() === b.resetsAt?.getTime();
}

/** The latest instant at which a window of this length can credibly reset, seen from `now`. */
export function latestCredibleReset(windowMinutes: number, now: Date): Date {
  return new Date(now.getTime() + (windowMinutes + RESET_SLACK_MINUTES) * 60_000);
}
