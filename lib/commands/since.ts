import { parseDuration } from "../text/duration.ts";
import { parseTimestamp } from "../text/timestamp.ts";

/**
 * Reads a time that has passed: how long ago (`90m`, `2d`), an instant with a zone, or a time of day
 * here, the last one. Undefined for anything else.
 */
export function parseSince(text: string, now: Date): Date | undefined {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return new Date(now.getTime() - seconds * 1000);
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) return parseTimestamp(text);
  const today = new Date(now);
  today.setHours(Number(hours), Number(minutes), 0, 0);
  if (today > now) today.setDate(today.getDate() - 1);
  return today;
}
