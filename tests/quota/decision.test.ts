import { assertEquals, assertMatch } from "@std/assert";
import { decide } from "../../lib/quota/decision.ts";
import type { Policy } from "../../lib/quota/policy.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
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

/** The default policy with some classes of windows, and other things, changed. */
function policy(windows: Partial<Policy["windows"]>, more: Partial<Policy> = {}): Policy {
  return { ...DEFAULT_POLICY, windows: { ...DEFAULT_POLICY.windows, ...windows }, ...more };
}

const HOLD = { mode: "hold", thresholdPercent: 95 } as const;
const account = (
  reachedType: string | null,
  spendControlReached = false,
  usageAllowed?: boolean,
) => ({ account: { reachedType, spendControlReached, usageAllowed } });

const at = (time: string) => new Date(`2026-09-01T${time}Z`);
const weekly = window({
  id: "secondary",
  windowMinutes: 10080,
  usedPercent: 100,
  resetsAt: new Date("2026-09-04T12:00:00Z"),
});
const spark = window({ id: "spark", extra: true, windowMinutes: 1440 });

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
    policy: policy({ fiveHour: { mode: "hold", thresholdPercent: 50 } }, { resetBufferSeconds: 0 }),
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
    reason: /no 5-hour window now \(there is: weekly window\)/,
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
    name: "the weekly window, where the user says so, and the later end counts",
    reading: reading([window(), weekly]),
    policy: policy({ weekly: HOLD }),
    status: "blocked",
    until: new Date("2026-09-04T12:01:00Z"),
    reason: /weekly window/,
  },
  {
    name: "weekly only, below its threshold, where it may hold",
    reading: reading([{ ...weekly, usedPercent: 10 }]),
    policy: policy({ weekly: HOLD }),
    status: "open",
    reason: /10% of the weekly window/,
  },
  {
    name: "an advisory 5-hour window",
    reading: reading([window()]),
    policy: policy({ fiveHour: { mode: "advisory", thresholdPercent: 95 } }),
    status: "open",
  },
  {
    name: "everything off",
    reading: reading([window(), weekly]),
    policy: policy({ fiveHour: { mode: "off", thresholdPercent: 95 } }),
    status: "open",
  },
  {
    name: "a short window, where the user says so",
    reading: reading([window({ usedPercent: 1 }), window({ id: "tertiary", windowMinutes: 60 })]),
    policy: policy({ shortTerm: HOLD }),
    status: "blocked",
    reason: /1-hour window/,
  },
  {
    name: "an extra window by its class",
    reading: reading([window({ usedPercent: 1 }), spark]),
    policy: policy({ extra: HOLD }),
    status: "blocked",
    reason: /window "spark"/,
  },
  {
    name: "an extra window by its id",
    reading: reading([window({ usedPercent: 1 }), spark, { ...spark, id: "other" }]),
    policy: policy({}, { extraById: { spark: { mode: "hold", thresholdPercent: 97 } } }),
    status: "blocked",
  },
  {
    name: "an extra window that was not named",
    reading: reading([window({ usedPercent: 1 }), { ...spark, id: "constructor" }]),
    policy: policy({}, { extraById: { spark: { mode: "hold", thresholdPercent: 97 } } }),
    status: "open",
  },
  {
    name: "a window of unknown length cannot hold",
    reading: reading([window({ windowMinutes: null })]),
    policy: policy({ unknown: HOLD }),
    status: "unknown",
    reason: /not how long it is/,
  },
  {
    name: "the account is stopped, a full window says until when",
    reading: { ...reading([window({ usedPercent: 100 })]), ...account("rate_limit_reached") },
    policy: policy({ fiveHour: { mode: "off", thresholdPercent: 95 } }),
    status: "blocked",
    until: at("12:43:00"),
    reason: /rate_limit_reached/,
  },
  {
    name: "the account is stopped by its spend control, and the week is full",
    reading: { ...reading([window({ usedPercent: 3 }), weekly]), ...account(null, true) },
    status: "blocked",
    until: new Date("2026-09-04T12:01:00Z"),
    reason: /spend control/,
  },
  {
    name: "the account is stopped, and nothing says until when",
    reading: { ...reading([window({ usedPercent: 3 })]), ...account("rate_limit_reached") },
    status: "open",
  },
  {
    name: "the account is stopped, but the user does not mind",
    reading: { ...reading([window({ usedPercent: 3 }), weekly]), ...account("x") },
    policy: policy({}, { account: "off" }),
    status: "open",
  },
  {
    name: "nothing is allowed, whatever the percent: until the fullest window resets",
    reading: { ...reading([window({ usedPercent: 3 })]), ...account(null, false, false) },
    status: "blocked",
    until: at("12:43:00"),
    reason: /not allowed now/,
  },
  {
    name: "nothing is allowed, and the week is full",
    reading: { ...reading([window({ usedPercent: 3 }), weekly]), ...account(null, false, false) },
    status: "blocked",
    until: new Date("2026-09-04T12:01:00Z"),
  },
  {
    name: "all is allowed, whatever else is said of the account",
    reading: { ...reading([window({ usedPercent: 3 }), weekly]), ...account("x", true, true) },
    status: "open",
  },
  {
    name: "all is allowed, and the threshold is met",
    reading: { ...reading([window()]), ...account(null, false, true) },
    status: "blocked",
    until: at("12:43:00"),
  },
  {
    name: "all is allowed again: a window that has reset needs no buffer",
    reading: { ...reading([window()]), ...account(null, false, true) },
    now: at("12:42:00"),
    status: "open",
  },
  {
    name: "nothing is said of that: the buffer counts",
    reading: { ...reading([window()]), ...account(null) },
    now: at("12:42:00"),
    status: "blocked",
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

Deno.test("decide: advice for the weekly window, which holds nobody", () => {
  const decision = decide(reading([window({ usedPercent: 3 }), weekly]), DEFAULT_POLICY, NOW);
  assertEquals(decision.advice, ["100% of the weekly window is used; the threshold is 90%"]);
});

const PACES: [string, number, number, boolean, string][] = [
  ["would be spent before the next reading", 50, 1, true, "blocked"],
  ["would not", 50, 0.5, true, "open"],
  ["would, but the user did not ask for it", 50, 1, false, "open"],
  ["is not used", 50, 0, true, "open"],
];
for (const [name, usedPercent, percentPerSecond, pace, status] of PACES) {
  Deno.test(`decide: at this pace the quota ${name}: ${status}`, () => {
    const burn = { percentPerSecond, nextReadingSeconds: 60 };
    const decision = decide(reading([window({ usedPercent })]), policy({}, { pace }), NOW, burn);
    assertEquals(decision.status, status);
  });
}
