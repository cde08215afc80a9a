import { assertEquals } from "@std/assert";
import { parseLine } from "../../../../lib/harness/codex/sessions/parse.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const RESET = Date.parse("2026-09-01T12:42:00Z") / 1000;

function line(timestamp: string, rate_limits: unknown): string {
  const payload = { type: "token_count", info: null, rate_limits };
  return JSON.stringify({ timestamp, type: "event_msg", payload });
}

const limits = (used_percent: number, more: Record<string, unknown> = {}) => ({
  limit_id: "codex",
  primary: { used_percent, window_minutes: 300, resets_at: RESET },
  secondary: { used_percent: 5, window_minutes: 10080, resets_at: RESET + 100_000 },
  ...more,
});

const primary = (window: Record<string, unknown>) => ({ primary: window, secondary: null });

/** Percent and length of each window; undefined when there is no reading. */
function windowsOf(text: string): unknown {
  return parseLine(text, NOW)?.windows.map((w) => [w.usedPercent, w.windowMinutes]);
}

Deno.test("parse: a line of Codex 0.169, with all that it tells", () => {
  const text = '{"timestamp":"2026-09-01T11:55:00.456Z","ordinal":9,"type":"event_msg","payload":' +
    '{"type":"token_count","info":null,"rate_limits":{"limit_id":"codex","limit_name":null,' +
    `"primary":{"used_percent":94.99,"window_minutes":300,"resets_at":${RESET}},` +
    `"secondary":{"used_percent":12.5,"window_minutes":10080,"resets_at":${RESET + 60}},` +
    '"credits":{"has_credits":true,"unlimited":false,"balance":"7.5"},"individual_limit":null,' +
    '"spend_control_reached":null,"plan_type":"plus",' +
    '"rate_limit_reached_type":"rate_limit_reached"}}}';
  assertEquals(parseLine(text, NOW), {
    kind: "windows",
    source: "sessions",
    windows: [
      {
        id: "primary",
        usedPercent: 94.99,
        windowMinutes: 300,
        resetsAt: new Date(RESET * 1000),
        extra: false,
      },
      {
        id: "secondary",
        usedPercent: 12.5,
        windowMinutes: 10080,
        resetsAt: new Date(RESET * 1000 + 60_000),
        extra: false,
      },
    ],
    account: { reachedType: "rate_limit_reached", spendControlReached: false },
    credits: { left: "some", balance: "7.5" },
    plan: "plus",
    problems: [],
    asOf: new Date("2026-09-01T11:55:00.456Z"),
  });
});

for (
  const [name, rateLimits, windows] of [
    ["a limit without a name, as old versions write", { ...limits(50), limit_id: undefined }, [
      [50, 300],
      [5, 10080],
    ]],
    ["a limit whose name is null", limits(50, { limit_id: null }), [[50, 300], [5, 10080]]],
    ["299 and 10079 minutes stay as they are", {
      primary: { used_percent: 98, window_minutes: 299, resets_in_seconds: 5400 },
      secondary: { used_percent: 31, window_minutes: 10079, resets_in_seconds: 310_000 },
    }, [[98, 299], [31, 10079]]],
    ["more than 100 %", limits(104.123, { secondary: null }), [[104.123, 300]]],
    ["no second window", limits(50, { secondary: null }), [[50, 300]]],
    ["a window that has reset since is left out", {
      ...limits(99),
      primary: { used_percent: 99, window_minutes: 300, resets_at: NOW.getTime() / 1000 },
    }, [[5, 10080]]],
    ["a window without a reset", primary({ used_percent: 3, window_minutes: 300 }), [[3, 300]]],
    [
      "unknown words beside it",
      limits(50, { secondary: null, plan_type: 7, rate_limit_reached_type: [], credits: "no" }),
      [[50, 300]],
    ],
  ] as const
) {
  Deno.test(`parse: ${name}`, () => {
    assertEquals(windowsOf(line("2026-09-01T11:55:00Z", rateLimits)), windows);
  });
}

for (
  const [name, secondary, problems] of [
    ["a placeholder", { used_percent: 0, window_minutes: null, resets_at: 0 }, 0],
    ["a placeholder of null", { used_percent: 0, window_minutes: null, resets_at: null }, 0],
    ["a placeholder of nothing", { used_percent: 0 }, 0],
    ["a percentage in words", { used_percent: "9", window_minutes: 300 }, 1],
    ["a negative percentage", { used_percent: -1, window_minutes: 300 }, 1],
    ["a length of half a minute", { used_percent: 9, window_minutes: 0.5 }, 1],
    ["a reset in 1970 that is used", { used_percent: 9, window_minutes: 300, resets_at: 0 }, 1],
    ["a text", "none", 1],
  ] as const
) {
  Deno.test(`parse: ${name} is no window; the other one counts`, () => {
    const text = line("2026-09-01T11:55:00Z", limits(97, { secondary }));
    assertEquals(windowsOf(text), [[97, 300]]);
    assertEquals(parseLine(text, NOW)?.problems.length, problems);
  });
}

for (
  const [credits, left] of [
    [{ has_credits: true, unlimited: true, balance: null }, "unlimited"],
    [{ has_credits: true, unlimited: false, balance: "7.5" }, "some"],
    [{ has_credits: true, unlimited: false, balance: null }, "some"],
    [{ has_credits: false, unlimited: false, balance: "0" }, "none"],
    [null, undefined],
    ["no", undefined],
  ] as const
) {
  Deno.test(`parse: credits ${JSON.stringify(credits)}: ${left}`, () => {
    const text = line("2026-09-01T11:55:00Z", limits(97, { credits }));
    assertEquals(parseLine(text, NOW)?.credits?.left, left);
  });
}

Deno.test("parse: seconds until the reset count from the line's stamp", () => {
  const text = (seconds: number) =>
    line("2026-09-01T11:50:00Z", primary({ used_percent: 9, resets_in_seconds: seconds }));
  assertEquals(
    parseLine(text(900), NOW)?.windows[0]?.resetsAt,
    new Date("2026-09-01T12:05:00Z"),
  );
  assertEquals(parseLine(text(0), NOW), undefined);
});

Deno.test("parse: a line that was written after one of its windows has reset says nothing of now", () => {
  const resets_at = NOW.getTime() / 1000 - 60;
  const five = { used_percent: 99, window_minutes: 300, resets_at };
  // What its tools have run across: it was told before the reset.
  assertEquals(
    parseLine(line("2026-09-01T11:59:30Z", limits(99, { primary: five })), NOW),
    undefined,
  );
  // Before the reset it was true; of its other window it is still.
  assertEquals(windowsOf(line("2026-09-01T11:58:30Z", limits(99, { primary: five }))), [[
    5,
    10080,
  ]]);
});

Deno.test("parse: a clock that is ahead by up to two minutes is our now", () => {
  assertEquals(parseLine(line("2026-09-01T12:02:00Z", limits(9)), NOW)?.asOf, NOW);
  assertEquals(parseLine(line("2026-09-01T12:02:00.001Z", limits(9)), NOW), undefined);
});

Deno.test("parse: the plan is made fit for a terminal", () => {
  const text = line("2026-09-01T11:50:00Z", limits(9, { plan_type: "pro\u001b[31m\nx" }));
  assertEquals(parseLine(text, NOW)?.plan, "pro [31m x");
  assertEquals(parseLine(line("2026-09-01T11:50:00Z", limits(9)), NOW)?.plan, undefined);
});

const good = line("2026-09-01T11:50:00Z", limits(99));
for (
  const [name, text] of [
    ["nothing", ""],
    ["another line", '{"timestamp":"2026-09-01T11:56:00Z","payload":{"type":"message"}}'],
    ["a reading from the future", line("2026-09-01T13:00:00Z", limits(99))],
    ["a time without a zone", line("2026-09-01T11:00:00", limits(99))],
    ["a limit of one model", line("2026-09-01T11:00:00Z", limits(99, { limit_id: "codex_x" }))],
    ["a limit whose name is empty", line("2026-09-01T11:00:00Z", limits(99, { limit_id: "" }))],
    ["a limit whose name is a number", line("2026-09-01T11:00:00Z", limits(99, { limit_id: 1 }))],
    ["no limits", line("2026-09-01T11:00:00Z", null)],
    ["no windows", line("2026-09-01T11:00:00Z", { primary: null, secondary: null })],
    ["wrong types", line("2026-09-01T11:00:00Z", { primary: { used_percent: "99" } })],
    ["a line that is not whole", good.slice(0, -1)],
    ["the end of a line", good.slice(1)],
    [
      "a message that quotes a reading",
      JSON.stringify({
        timestamp: "2026-09-01T11:50:00Z",
        payload: { type: "message", text: good },
      }),
    ],
    ["a hundred thousand brackets", `"rate_limits""token_count"${"[".repeat(100_000)}`],
  ] as const
) {
  Deno.test(`parse: ${name} is no reading`, () => {
    assertEquals(parseLine(text, NOW), undefined);
  });
}
