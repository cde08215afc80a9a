import { assertEquals } from "@std/assert";
import { formatTimestamp, parseTimestamp } from "../../lib/text/timestamp.ts";

const READ: [unknown, string | undefined][] = [
  ["2026-09-01T12:42:00Z", "2026-09-01T12:42:00.000Z"],
  ["2026-09-01T12:42:00.181641Z", "2026-09-01T12:42:00.181Z"],
  ["2026-09-01T14:42:00+02:00", "2026-09-01T12:42:00.000Z"],
  ["2026-09-01T12:42:00", undefined],
  ["2026-09-01", undefined],
  ["2026-13-01T12:42:00Z", undefined],
  ["tomorrow", undefined],
  ["", undefined],
  [1788266520, undefined],
  [null, undefined],
  [undefined, undefined],
];

for (const [value, expected] of READ) {
  Deno.test(`parseTimestamp: ${JSON.stringify(value)}`, () => {
    assertEquals(parseTimestamp(value)?.toISOString(), expected);
  });
}

Deno.test("formatTimestamp: whole seconds in UTC, never early", () => {
  assertEquals(formatTimestamp(new Date("2026-09-01T12:42:00.000Z")), "2026-09-01T12:42:00Z");
  assertEquals(formatTimestamp(new Date("2026-09-01T12:42:00.001Z")), "2026-09-01T12:42:01Z");
});
