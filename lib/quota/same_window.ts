import type { WindowsReading } from "./reading.ts";
import { type QuotaWindow, sameKind } from "./window.ts";

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
