import { assertEquals } from "@std/assert";
import { atTimeOfDay, type Shown, type Which } from "../../lib/text/time_of_day.ts";

/** What a clock on the wall shows in a time zone. */
function clockIn(timeZone: string): (date: Date) => Shown {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    hourCycle: "h23",
  });
  return (date) => {
    const parts = format.formatToParts(date);
    const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
    return { minutes: of("hour") * 60 + of("minute"), day: of("day") };
  };
}

const CASES: [zone: string, now: string, text: string, which: Which, expected: string][] = [
  ["UTC", "2026-01-31T18:29:59Z", "18:30", "next", "2026-01-31T18:30:00Z"],
  ["UTC", "2026-01-31T18:30:00Z", "18:30", "next", "2026-02-01T18:30:00Z"],
  ["UTC", "2026-01-31T18:30:00Z", "18:30", "last", "2026-01-31T18:30:00Z"],
  ["UTC", "2026-01-31T18:29:59Z", "18:30", "last", "2026-01-30T18:30:00Z"],
  ["UTC", "2026-01-31T18:30:00Z", "0:00", "next", "2026-02-01T00:00:00Z"],
  ["UTC", "2026-01-31T18:30:00Z", "00:00", "last", "2026-01-31T00:00:00Z"],
  ["UTC", "2026-12-31T23:59:30Z", "23:59", "last", "2026-12-31T23:59:00Z"],
  ["Asia/Kathmandu", "2026-01-31T18:30:00Z", "0:20", "next", "2026-01-31T18:35:00Z"],
  // The hour that comes twice.
  ["Europe/Berlin", "2026-10-25T00:20:00Z", "02:30", "next", "2026-10-25T00:30:00Z"],
  ["Europe/Berlin", "2026-10-25T00:45:00Z", "02:30", "next", "2026-10-25T01:30:00Z"],
  ["Europe/Berlin", "2026-10-25T01:40:00Z", "02:50", "next", "2026-10-25T01:50:00Z"],
  ["Europe/Berlin", "2026-10-25T01:55:00Z", "02:50", "next", "2026-10-26T01:50:00Z"],
  ["Europe/Berlin", "2026-10-25T01:45:00Z", "02:30", "last", "2026-10-25T01:30:00Z"],
  ["Europe/Berlin", "2026-10-25T01:20:00Z", "02:30", "last", "2026-10-25T00:30:00Z"],
  ["America/New_York", "2026-11-01T06:10:00Z", "01:30", "next", "2026-11-01T06:30:00Z"],
  ["Australia/Lord_Howe", "2027-04-03T15:10:00Z", "01:45", "next", "2027-04-03T15:15:00Z"],
  // The hour that does not come.
  ["Europe/Berlin", "2027-03-28T00:30:00Z", "02:30", "next", "2027-03-28T01:00:00Z"],
  ["Europe/Berlin", "2027-03-28T02:00:00Z", "02:30", "next", "2027-03-29T00:30:00Z"],
  ["Europe/Berlin", "2027-03-28T01:10:00Z", "02:30", "last", "2027-03-28T01:00:00Z"],
  ["Africa/Cairo", "2027-04-29T20:00:00Z", "00:30", "next", "2027-04-29T22:00:00Z"],
];
for (const [zone, now, text, which, expected] of CASES) {
  Deno.test(`time of day: the ${which} ${text} at ${now}, in ${zone}`, () => {
    const at = atTimeOfDay(text, new Date(now), which, clockIn(zone));
    assertEquals(at, new Date(expected));
  });
}

Deno.test("time of day: here, and what is none", () => {
  const now = new Date(2026, 0, 31, 12, 0, 30);
  assertEquals(atTimeOfDay("13:05", now, "next"), new Date(2026, 0, 31, 13, 5));
  assertEquals(atTimeOfDay("13:05", now, "last"), new Date(2026, 0, 30, 13, 5));
  for (const text of ["24:00", "1", "12:60", "12:5", "-1:00", "12:00Z", "noon", ""]) {
    assertEquals(atTimeOfDay(text, now, "next"), undefined, text);
  }
});
