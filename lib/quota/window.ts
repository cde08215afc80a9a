/** Length of Codex's 5-hour window in minutes, as every source reports it. */
export const FIVE_HOUR_MINUTES = 300;

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
  /** True for a model-specific or otherwise additional window; such a window never stops an agent. */
  readonly extra: boolean;
}

/** True for the main 5-hour window, in whichever slot it was reported. */
export function isFiveHourWindow(window: QuotaWindow): boolean {
  return window.windowMinutes === FIVE_HOUR_MINUTES && !window.extra;
}

/** True when both say the same about the quota, wherever they were reported. */
export function sameQuota(a: QuotaWindow, b: QuotaWindow): boolean {
  return a.usedPercent === b.usedPercent && a.windowMinutes === b.windowMinutes &&
    a.resetsAt?.getTime() === b.resetsAt?.getTime();
}
