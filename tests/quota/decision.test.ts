import { assertEquals, assertMatch } from "@std/assert";
import { decide } from "../../lib/quota/decision.ts";
import { DEFAULT_POLICY, type Policy } from "../../lib/quota/policy.ts";
import type { Reading } from "../../lib/quota/reading.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";

const NOW = new Date("2026-09-01T12:00:00Z");

function window(fields: Partial<QuotaWindow> = {}): QuotaWindow {
  return {
    id: "primary",
    usedPercent: 97,
    windowMinutes: 300,
    resetsAt: new Date("2026-09-01T12:42:00Z"),
    extra: false,
    ...fields,
  };
}

function reading(windows: QuotaWindow[], problems: string[] = []): Reading {
  return { kind: "windows", source: "test", windows, problems };
}

const at = (time: string) => new Date(`2026-09-01T${time}Z`);
const weekly = window({ id: "secondary", windowMinutes: 10080, usedPercent: 100 });

const CASES: {
  name: string;
  reading: Reading;
  policy?: Policy;
  now?: Date;
  status: string;
  until?: Date;
  reason?: RegExp;
}[] = [
  { name: "past the wall", reading: reading([window()]), status: "blocked", until: at("12:43:00") },
  {
    name: "exactly at the threshold",
    reading: reading([window({ usedPercent: 95 })]),
    status: "blocked",
  },
  {
    name: "just below it",
    reading: reading([window({ usedPercent: 94.99 })]),
    status: "open",
  },
  {
    name: "a threshold of the user's",
    reading: reading([window({ usedPercent: 50 })]),
    policy: { thresholdPercent: 50, resetBufferSeconds: 0 },
    status: "blocked",
    until: at("12:42:00"),
  },
  {
    name: "the weekly window never blocks",
    reading: reading([window({ usedPercent: 3 }), weekly]),
    status: "open",
  },
  {
    name: "weekly only",
    reading: reading([weekly]),
    status: "unknown",
    reason: /no 5-hour window now \(there is: 10080 minutes\)/,
  },
  {
    name: "no windows at all",
    reading: reading([]),
    status: "unknown",
    reason: /no 5-hour window/,
  },
  {
    name: "the 5-hour window in another slot",
    reading: reading([weekly, window({ id: "secondary" })]),
    status: "blocked",
  },
  {
    name: "an extra window of 300 minutes is not it",
    reading: reading([window({ id: "spark", extra: true })]),
    status: "unknown",
  },
  {
    name: "two 5-hour windows that differ",
    reading: reading([window(), window({ id: "secondary", usedPercent: 3 })]),
    status: "unknown",
    reason: /different 5-hour windows/,
  },
  {
    name: "two that agree",
    reading: reading([window(), window({ id: "secondary" })]),
    status: "blocked",
  },
  {
    name: "reset, but within the buffer",
    reading: reading([window()]),
    now: at("12:42:59"),
    status: "blocked",
    until: at("12:43:00"),
  },
  {
    name: "at the end of the buffer",
    reading: reading([window()]),
    now: at("12:43:00"),
    status: "open",
    reason: /it has reset/,
  },
  {
    name: "a reset of 1970",
    reading: reading([window({ resetsAt: new Date(0) })]),
    status: "open",
  },
  {
    name: "spent, but without a reset",
    reading: reading([window({ resetsAt: null })]),
    status: "unknown",
    reason: /not when it resets/,
  },
  {
    name: "unused, without a reset",
    reading: reading([window({ usedPercent: 0, resetsAt: null })]),
    status: "open",
  },
  {
    name: "a reset one length ahead",
    reading: reading([window({ resetsAt: at("17:00:00") })]),
    status: "blocked",
  },
  {
    name: "a reset further ahead than the window is long, with slack",
    reading: reading([window({ resetsAt: at("17:15:01") })]),
    status: "unknown",
    reason: /further ahead than it is long/,
  },
  {
    name: "a broken other window does not matter",
    reading: reading([window()], ["the secondary window is malformed"]),
    status: "blocked",
  },
  {
    name: "a broken window, and no 5-hour one",
    reading: reading([weekly], ["the primary window is malformed"]),
    status: "unknown",
    reason: /malformed/,
  },
  {
    name: "no answer",
    reading: { kind: "failed", source: "test", reason: "codexbar was not found on PATH" },
    status: "unknown",
    reason: /not found on PATH/,
  },
];

for (const { name, reading, policy = DEFAULT_POLICY, now = NOW, status, until, reason } of CASES) {
  Deno.test(`decide: ${name}: ${status}`, () => {
    const decision = decide(reading, policy, now);
    assertEquals(decision.status, status);
    if (until) {
      assertEquals(decision.status === "blocked" && decision.blockedUntil, until);
    }
    if (reason) assertMatch(decision.reason, reason);
  });
}
