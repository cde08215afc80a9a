import { assertEquals } from "@std/assert";
import { parseRateLimits } from "../../../lib/harness/codex/quota/parse.ts";

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
    account: {
      reachedType: "rate_limit_reached",
      spendControlReached: false,
      usageAllowed: undefined,
    },
    plan: undefined,
    credits: { left: "some", balance: "12.5" },
    problems: [],
  });
});

Deno.test("codex: limits of models are extra windows, by their id", () => {
  const reading = parseRateLimits({
    rateLimits: { ...LIMIT, secondary: null },
    rateLimitsByLimitId: {
      codex: { ...LIMIT, secondary: null },
      codex_spark: { ...LIMIT, secondary: null },
      broken: 3,
    },
  });
  assertEquals(reading.kind === "windows" && reading.windows.map(({ id, extra }) => [id, extra]), [
    ["primary", false],
    ["codex_spark.primary", true],
  ]);
});

Deno.test("codex: the limit of the name codex counts, wherever it stands", () => {
  const low = { ...LIMIT, primary: { ...WINDOW, usedPercent: 22 }, secondary: null };
  const spark = { ...LIMIT, limitId: "codex_spark", secondary: null };
  const used = (answer: unknown) => {
    const reading = parseRateLimits(answer);
    return reading.kind === "windows" &&
      reading.windows.map((window) => [window.id, window.usedPercent]);
  };
  const own = ["primary", 22];
  const other = ["codex_spark.primary", 100];
  assertEquals(used({ rateLimits: spark, rateLimitsByLimitId: { codex: low } }), [own, other]);
  assertEquals(used({ rateLimits: low, rateLimitsByLimitId: { codex_spark: spark } }), [
    own,
    other,
  ]);
  assertEquals(used({ rateLimits: spark }), [other]);
});

Deno.test("codex: a placeholder for a second limit is none", () => {
  for (const resetsAt of [0, null]) {
    const secondary = { usedPercent: 0, windowDurationMins: null, resetsAt };
    const reading = parseRateLimits({ rateLimits: { ...LIMIT, secondary } });
    assertEquals(reading.kind === "windows" && [reading.windows.length, reading.problems], [1, []]);
  }
});

Deno.test("codex: whether the account may go on is the backend's to say", () => {
  for (const told of [true, false, null]) {
    const reading = parseRateLimits({ rateLimits: LIMIT, ordinaryUsageAllowed: told });
    assertEquals(reading.kind === "windows" && reading.account?.usageAllowed, told ?? undefined);
  }
});

for (
  const [credits, left] of [
    [{ hasCredits: true, unlimited: true, balance: null }, "unlimited"],
    [{ hasCredits: true, unlimited: false, balance: "640" }, "some"],
    [{ hasCredits: true, unlimited: false, balance: null }, "some"],
    [{ hasCredits: false, unlimited: false, balance: "0.5" }, "some"],
    [{ hasCredits: true, unlimited: false, balance: "0" }, "none"],
    [{ hasCredits: false, unlimited: false, balance: null }, "none"],
    [{ hasCredits: "yes", unlimited: 1, balance: 640 }, "none"],
    ["640", undefined],
    [null, undefined],
  ] as const
) {
  Deno.test(`codex: credits ${JSON.stringify(credits)}: ${left}`, () => {
    const told = (answer: unknown) => {
      const reading = parseRateLimits(answer);
      return reading.kind === "windows" ? reading.credits?.left : "failed";
    };
    assertEquals(told({ rateLimits: { ...LIMIT, credits } }), left);
    // Also where they stand beside a model's limit.
    const model = { ...LIMIT, limitId: "premium", credits };
    const own = { ...LIMIT, credits: null };
    assertEquals(told({ rateLimits: model, rateLimitsByLimitId: { codex: own } }), left);
  });
}

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
