const MINUTE_MS = 60_000;

/** Less than this is told in seconds, in milliseconds. */
const SECONDS_BELOW_MS = 2 * MINUTE_MS;

/** How long something is, in two units at most: `40 s`, `41 min`, `1 h 12 min`, `3 d 4 h`. */
export function span(ms: number): string {
  const [first, second] = unitsOf(ms, " min", " s");
  return second === undefined ? first! : `${first} ${second}`;
}

/** The same in few characters: `40s`, `41m`, `1h12m`, `3d4h`. */
export function shortSpan(ms: number): string {
  return unitsOf(ms, "m", "s").join("").replaceAll(" ", "");
}

/**
 * When something is, seen from now: `in 41 min`, `2 min ago`, `now`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { relativeTime } from "./relative_time.ts";
 *
 * const now = new Date("2026-01-31T12:00:00Z");
 * assertEquals(relativeTime(new Date("2026-01-31T12:41:00Z"), now), "in 41 min");
 * assertEquals(relativeTime(new Date("2026-01-31T11:58:00Z"), now), "2 min ago");
 * ```
 */
export function relativeTime(date: Date, now: Date): string {
  const ms = date.getTime() - now.getTime();
  if (Math.abs(ms) < 1000) return "now";
  return ms > 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

/** The largest unit and the next one, where that is not 0. Of what is long the rest is left out. */
function unitsOf(ms: number, minuteUnit: string, secondUnit: string): string[] {
  if (ms < SECONDS_BELOW_MS) return [`${Math.max(0, Math.round(ms / 1000))}${secondUnit}`];
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 60) return [`${minutes}${minuteUnit}`];
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(`${hours} h`, minutes % 60, minuteUnit);
  const wholeHours = Math.round(minutes / 60);
  return two(`${Math.floor(wholeHours / 24)} d`, wholeHours % 24, " h");
}

function two(first: string, rest: number, unit: string): string[] {
  return rest === 0 ? [first] : [first, `${rest}${unit}`];
}
