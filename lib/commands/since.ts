import { parseDuration } from "../text/duration.ts";
import { atTimeOfDay } from "../text/time_of_day.ts";
import { parseTimestamp } from "../text/timestamp.ts";

/**
 * Reads a time that has passed: how long ago (`90m`, `2d`), an instant with a zone, or a time of day
 * here, the last one. Undefined for anything else.
 */
export function parseSince(text: string, now: Date): Date | undefined {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return new Date(now.getTime() - seconds * 1000);
  return atTimeOfDay(text, now, "last") ?? parseTimestamp(text);
}
