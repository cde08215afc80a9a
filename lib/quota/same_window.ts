import type { WindowsReading } from "./reading.ts";
import { DAY_MINUTES, type QuotaWindow, sameKind } from "./window.ts";

/** Resets that differ by less than this are the same one, in milliseconds. */
const SAME_RESET_MS = 120_000;

/** True for two resets of one and the same window. */
export function isSameReset(a: Date | null, b: Date | null): boolean {
  return a !== null && b !== null && Math.abs(a.getTime() - b.getTime()) < SAME_RESET_MS;
}

/** The window of that kind in a reading. */
export function windowLike(
  reading: Pick<WindowsReading, "windows"> | undefined,
  wanted: QuotaWindow,
): QuotaWindow | undefined {
  return reading?.windows.find((window) => sameKind(window, wanted));
}

/** The windows of a reading of which it is said when they reset. */
export function shortestFirst(
  { windows }: Pick<WindowsReading, "windows">,
): readonly QuotaWindow[] {
  const lengthOf = ({ windowMinutes }: QuotaWindow) => windowMinutes ?? Infinity;
  return windows.filter(({ resetsAt }) => resetsAt !== null)
    .toSorted((a, b) => lengthOf(a) - lengthOf(b));
}

/** Whether two readings show a window with the same reset: then they are of one account. */
export function haveSameReset(
  one: Pick<WindowsReading, "windows"> | undefined,
  other: Pick<WindowsReading, "windows">,
): boolean {
  return other.windows.some((window) =>
    isSameReset(windowLike(one, window)?.resetsAt ?? null, window.resetsAt)
  );
}

/** Not every source tells a week's reset to the minute, in milliseconds. */
const ABOUT_MS = 3_600_000;

/** True for two resets of one window as sources tell them: to the minute, but for a week's. */
export function isAboutSameReset(
  { windowMinutes, resetsAt }: QuotaWindow,
  other: Date | null,
): boolean {
  if (windowMinutes === null || windowMinutes <= DAY_MINUTES) return isSameReset(resetsAt, other);
  return resetsAt !== null && other !== null &&
    Math.abs(resetsAt.getTime() - other.getTime()) <= ABOUT_MS;
}

/** Whether two readings may be of one account: no window that both show resets at a quite different time. */
export function mayBeOneAccount(
  one: Pick<WindowsReading, "windows"> | undefined,
  other: Pick<WindowsReading, "windows">,
): boolean {
  return other.windows.every((window) => {
    const resetsAt = windowLike(one, window)?.resetsAt ?? null;
    return resetsAt === null || window.resetsAt === null ||
      Math.abs(resetsAt.getTime() - window.resetsAt.getTime()) <= ABOUT_MS;
  });
}
