import type { QuotaWindow } from "../quota/window.ts";

/** How long a window is, in few characters: `5h`, `7d`, `30m`; nothing where that is not known. */
export function shortLength({ windowMinutes }: Pick<QuotaWindow, "windowMinutes">): string {
  if (windowMinutes === null) return "";
  // Some sources floor it: 299 is five hours.
  const minutes = Math.round(windowMinutes / 5) * 5 || windowMinutes;
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
