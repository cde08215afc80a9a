import { assertEquals } from "@std/assert";
import { parseTold, type Told } from "../../../lib/harness/claude/quota/told.ts";
import { whatCounts } from "../../../lib/harness/claude/quota/told_last.ts";

const AT = new Date("2026-09-01T12:00:00Z");

Deno.test("what a session was told: its windows, with lengths by their names", () => {
  const limits = {
    five_hour: { used_percentage: 97.3, resets_at: 1788268920 },
    seven_day: { used_percentage: 17, resets_at: null },
    seven_day_opus: { used_percentage: 40, resets_at: 1788700000 },
    one_year: { used_percentage: 1, resets_at: 1 },
    seven_day_oauth_apps: null,
  };
  assertEquals(parseTold(`1234 ${JSON.stringify(limits)}\n`, AT), {
    kind: "windows",
    source: "sessions",
    windows: [
      {
        id: "five_hour",
        usedPercent: 97.3,
        windowMinutes: 300,
        resetsAt: new Date(1788268920_000),
        extra: false,
      },
      { id: "seven_day", usedPercent: 17, windowMinutes: 10080, resetsAt: null, extra: false },
      {
        id: "seven_day_opus",
        usedPercent: 40,
        windowMinutes: 10080,
        resetsAt: new Date(1788700000_000),
        extra: true,
      },
    ],
    problems: [],
    asOf: AT,
  });
});

Deno.test("what a session was told: none, a window that is broken, and what is nothing", () => {
  assertEquals(parseTold("12 none\n", AT), { kind: "none", asOf: AT });
  const told = parseTold(
    '1 {"five_hour":{"used_percentage":-1},"seven_day":{"used_percentage":2}}',
    AT,
  );
  assertEquals(told?.kind === "windows" && [told.windows.length, told.problems.length], [1, 1]);
  for (
    const line of ["", "12", "12 {", "12 []", "12 {}", "x none", '12 {"five_hour":{}}', "12 none 1"]
  ) {
    assertEquals(parseTold(line, AT), undefined, line);
  }
});

/** What a session was told so many hours ago, of a window that resets in so many. */
function windows(hoursAgo: number, resetsInHours: number): Told {
  const limits = {
    five_hour: { used_percentage: 99, resets_at: +AT / 1000 + resetsInHours * 3600 },
  };
  return parseTold(`1 ${JSON.stringify(limits)}`, new Date(+AT - hoursAgo * 3600_000))!;
}

const none = (hoursAgo: number): Told => parseTold("1 none", new Date(+AT - hoursAgo * 3600_000))!;

/** What sessions were told, the last one first, and which of it counts. */
const COUNTS: readonly (readonly [name: string, told: readonly Told[], which: number])[] = [
  ["nothing", [], 0],
  ["the last one", [windows(1, 2), windows(2, 1)], 0],
  ["windows after a key", [windows(1, 2), none(2)], 0],
  ["a key beside a window that runs", [none(1), none(2), windows(3, 1)], 2],
  ["a key behind a window that has reset", [none(1), windows(3, -1)], 0],
  ["a key behind what is older than the window", [none(1), windows(6, 1)], 0],
  ["a key alone", [none(1)], 0],
];

for (const [name, told, which] of COUNTS) {
  Deno.test(`what sessions were told counts: ${name}`, () => {
    assertEquals(whatCounts(told, AT), told[which]);
  });
}
