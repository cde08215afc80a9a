import { assertEquals } from "@std/assert";
import { parseRateLimits } from "../../lib/sources/codex/parse.ts";

const WINDOW = { usedPercent: 100, windowDurationMins: 300, resetsAt: 1_795_485_190 };
const LIMIT = {
  limitId: "codex",
  primary: WINDOW,
  secondary: { usedPercent: 50, windowDurationMins: 10080, resetsAt: 1_795_495_129 },
  credits: { hasCredits: true, unlimited: false, balance: "12.5" },
  spendControlReached: false,
  rateLimitReachedType: "rate_limit_reached",
};

Deno.test("codex: windows, account and credits of a real answer", () => {
  const reading = parseRateLimits({ rateLimits: LIMIT, rateLimitsByLimitId: { codex: LIMIT } });
  assertEquals(reading, {
    kind: "windows",
    source: "codex",
    windows: [
      {
        id: "primary",
        usedPercent: 100,
        windowMinutes: 300,
        resetsAt: new Date("2026-11-24T01:53:10Z"),
        extra: false,
      },
      {
        id: "secondary",
        usedPercent: 50,
        windowMinutes: 10080,
        resetsAt: new Date("2026-11-24T04:38:49Z"),
        extra: false,
      },
    ],
    account: { reachedType: "rate_limit_reached", spendControlReached: false },
    credits: "12.5",
    problems: [],
  });
});

Deno.test("codex: limits of models are extra windows, by their id", () => {
  const reading = parseRateLimits({
    rateLimits: { ...LIMIT, secondary: null },
    rateLimitsByLimitId: {
      codex: LIMIT,
      codex_spark: { ...LIMIT, secondary: null },
      broken: 3,
    },
  });
  assertEquals(reading.kind === "windows" && reading.windows.map(({ id, extra }) => [id, extra]), [
    ["primary", false],
    ["codex_spark.primary", true],
  ]);
});

for (
  const [name, primary] of [
    ["a percent that is text", { ...WINDOW, usedPercent: "100" }],
    ["a reset in milliseconds", { ...WINDOW, resetsAt: 1_795_485_190_000 }],
    ["a negative percent", { ...WINDOW, usedPercent: -1 }],
  ] as const
) {
  Deno.test(`codex: a window with ${name} is left out, and said`, () => {
    const reading = parseRateLimits({ rateLimits: { primary } });
    assertEquals(reading.kind === "windows" && [reading.windows.length, reading.problems.length], [
      0,
      1,
    ]);
  });
}

for (const answer of [undefined, null, 3, [], {}, { rateLimits: null }, { rateLimits: [] }]) {
  Deno.test(`codex: ${JSON.stringify(answer)} is no answer`, () => {
    assertEquals(parseRateLimits(answer).kind, "failed");
  });
}
