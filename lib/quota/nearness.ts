import { classOf, type QuotaWindow } from "./window.ts";

/** From which percentage on windows hold, by their class; extra windows are left to the daemon. */
export type HoldAt = Readonly<Record<string, number>>;

/**
 * So near to a threshold, in points, that sessions that spend together may pass it before the daemon
 * has told: sixteen of them, at half a point a request, in one go.
 */
const NEAR_PERCENT = 8;

/** True when a window is near the percentage from which on it holds, or past it. Pure. */
export function isNear(windows: readonly QuotaWindow[], holdAt: HoldAt): boolean {
  return windows.some((window) => distance(window, holdAt) <= NEAR_PERCENT);
}

/** True when a window has reached the percentage from which on it holds. Pure. */
export function meets(windows: readonly QuotaWindow[], holdAt: HoldAt): boolean {
  return windows.some((window) => distance(window, holdAt) <= 0);
}

function distance(window: QuotaWindow, holdAt: HoldAt): number {
  const threshold = window.extra ? undefined : holdAt[classOf(window)];
  return threshold === undefined ? Infinity : threshold - window.usedPercent;
}
