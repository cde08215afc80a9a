import { classOf, DAY_MINUTES, type QuotaWindow } from "./window.ts";

/** The name of a window for the user, as in "97% of the 5-hour window". */
export function nameOf(window: QuotaWindow): string {
  const { id, windowMinutes } = window;
  switch (classOf(window)) {
    case "fiveHour":
      return "5-hour window";
    case "weekly":
      return "weekly window";
    case "extra":
      return `window "${id}"`;
    case "unknown":
      return `${id} window (of unknown length)`;
    case "shortTerm":
    case "longTerm":
      return `${lengthText(windowMinutes ?? 0)} window`;
  }
}

function lengthText(minutes: number): string {
  if (minutes % DAY_MINUTES === 0) return `${minutes / DAY_MINUTES}-day`;
  return minutes % 60 === 0 ? `${minutes / 60}-hour` : `${minutes}-minute`;
}
