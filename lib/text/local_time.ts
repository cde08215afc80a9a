/**
 * An instant as people say it, where they are: `14:02`, with the day where it is another one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { localTime } from "./local_time.ts";
 *
 * const now = new Date(2026, 0, 31, 18, 30);
 * assertEquals(localTime(new Date(2026, 0, 31, 9, 5), now), "09:05");
 * assertEquals(localTime(new Date(2026, 1, 1, 9, 5), now), "2026-02-01 09:05");
 * ```
 */
export function localTime(date: Date, now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return date.toDateString() === now.toDateString()
    ? time
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
