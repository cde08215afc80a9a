import { assertEquals } from "@std/assert";
import { latestRateLimits } from "../../lib/sources/sessions/parse.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const RESET = Date.parse("2026-09-01T12:42:00Z") / 1000;

function line(timestamp: string, limits: unknown): string {
  const payload = { type: "token_count", info: null, rate_limits: limits };
  return JSON.stringify({ timestamp, type: "event_msg", payload });
}

const limits = (used_percent: number, more: Record<string, unknown> = {}) => ({
  limit_id: "codex",
  primary: { used_percent, window_minutes: 300, resets_at: RESET },
  secondary: { used_percent: 5, window_minutes: 10080, resets_at: RESET + 100_000 },
  ...more,
});

Deno.test("sessions: the last reading in the file, with its age", () => {
  const text = [
    line("2026-09-01T11:50:00.123Z", limits(50)),
    line("2026-09-01T11:55:00.456Z", limits(61.5)),
    '{"timestamp":"2026-09-01T11:56:00Z","payload":{"type":"message"}}',
    line("2026-09-01T11:57:00Z", null),
    '{"half":',
  ].join("\n");
  const reading = latestRateLimits(text, NOW);
  assertEquals(reading?.asOf, new Date("2026-09-01T11:55:00.456Z"));
  assertEquals(reading?.windows.map((w) => [w.usedPercent, w.windowMinutes]), [[61.5, 300], [
    5,
    10080,
  ]]);
});

Deno.test("sessions: a window that has reset since is no evidence", () => {
  const text = line(
    "2026-09-01T06:00:00Z",
    limits(99, { primary: { used_percent: 99, window_minutes: 300, resets_at: RESET - 7200 } }),
  );
  assertEquals(latestRateLimits(text, NOW)?.windows.map((w) => w.windowMinutes), [10080]);
});

Deno.test("sessions: older versions wrote seconds until the reset", () => {
  const primary = { used_percent: 99, window_minutes: 300, resets_in_seconds: 900 };
  const reading = latestRateLimits(line("2026-09-01T11:50:00Z", { primary }), NOW);
  assertEquals(reading?.windows[0]?.resetsAt, new Date("2026-09-01T12:05:00Z"));
});

for (
  const [name, text] of [
    ["nothing", ""],
    ["a reading from the future", line("2026-09-01T13:00:00Z", limits(99))],
    ["a limit of one model", line("2026-09-01T11:00:00Z", limits(99, { limit_id: "spark" }))],
    ["wrong types", line("2026-09-01T11:00:00Z", { primary: { used_percent: "99" } })],
    ["a hundred thousand brackets", `"rate_limits""token_count"${"[".repeat(100_000)}`],
  ] as const
) {
  Deno.test(`sessions: ${name} is no reading`, () => {
    assertEquals(latestRateLimits(text, NOW), undefined);
  });
}
