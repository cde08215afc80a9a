import { assertEquals, assertMatch } from "@std/assert";
import { readingFrom } from "../../lib/sources/codexbar/codexbar.ts";
import { jsonArrays } from "../../lib/sources/codexbar/json_arrays.ts";
import { parseCodexbarUsage } from "../../lib/sources/codexbar/parse.ts";
import { usage } from "../support/sandbox.ts";

const CONTEXT = { provider: "codex", exitCode: 0 };
const GOOD = JSON.stringify(usage({ used: 97 }));

function row(primary: unknown, more: Record<string, unknown> = {}): string {
  return JSON.stringify([{ provider: "codex", usage: { primary, ...more } }]);
}

const FAILED: [string, string, RegExp][] = [
  ["nothing", "", /printed nothing/],
  ["text", "Session: 3% left\n", /not its JSON/],
  ["an object", "{}", /not its JSON/],
  ["half an array", GOOD.slice(0, 100), /not its JSON/],
  ["no row", "[]", /nothing about codex/],
  [
    "a row of another provider that is in no array",
    GOOD.slice(1, -1).replace('"codex"', '"claude"'),
    /nothing about codex/,
  ],
  ["rows of an array that was cut off", `[\n${GOOD.slice(1, -1)}\n`, /not its JSON/],
  ["rows that are none", '[1, null, "x", [], {}]', /nothing about codex/],
  ["another provider", GOOD.replace('"codex"', '"claude"'), /nothing about codex/],
  ["a row without usage", '[{"provider":"codex"}]', /has no usage/],
  [
    "an error with an e-mail and control characters",
    JSON.stringify([{
      provider: "codex",
      error: { message: "bad\u001b[2J token\nof me@example.com" },
    }]),
    /^codexbar says: bad \[2J token of \(account\)$/,
  ],
];

for (const [name, stdout, reason] of FAILED) {
  Deno.test(`codexbar printed ${name}: a failed reading`, () => {
    const reading = parseCodexbarUsage(stdout, CONTEXT);
    assertEquals(reading.kind, "failed");
    assertMatch(reading.kind === "failed" ? reading.reason : "", reason);
  });
}

for (const error of [{ message: "token expired" }, "token expired", { code: 1 }, true]) {
  Deno.test(`codexbar: a row with the error ${JSON.stringify(error)} tells nothing, though it has usage`, () => {
    const [good] = usage({ used: 97 }) as [Record<string, unknown>];
    const reading = parseCodexbarUsage(JSON.stringify([{ ...good, error }]), CONTEXT);
    assertMatch(
      reading.kind === "failed" ? reading.reason : "",
      /^codexbar (says: token expired|tells of an error)$/,
    );
    // Another row of the account counts.
    const both = parseCodexbarUsage(JSON.stringify([{ ...good, error }, good]), CONTEXT);
    assertEquals(both.kind, "windows");
  });
}

Deno.test("codexbar: a row that is not in an array is read like an array of one", () => {
  const alone = GOOD.slice(1, -1);
  const pretty = JSON.stringify(JSON.parse(alone), null, 2);
  for (
    const text of [alone, `${alone}\n`, pretty, `WARN x\n${pretty}\nbye\n`, `[codex] x\n${alone}`]
  ) {
    assertEquals(parseCodexbarUsage(text, CONTEXT), parseCodexbarUsage(GOOD, CONTEXT), text);
  }
});

for (
  const [remaining, credits] of [
    [21.5, { left: "some", balance: "21.5" }],
    [0, { left: "none or unlimited", balance: "0" }],
    ["x", undefined],
  ] as const
) {
  Deno.test(`codexbar: credits of ${remaining}`, () => {
    const [good] = usage({ used: 97 }) as [Record<string, unknown>];
    const text = JSON.stringify([{ ...good, credits: { remaining, events: [] } }]);
    const reading = parseCodexbarUsage(text, CONTEXT);
    assertEquals(reading.kind === "windows" && reading.credits, credits);
  });
}

const MALFORMED: [string, unknown, RegExp][] = [
  ["a percent that is text", { usedPercent: "97", windowMinutes: 300 }, /usedPercent/],
  ["a negative percent", { usedPercent: -1, windowMinutes: 300 }, /usedPercent/],
  ["a percent beyond all bounds", { usedPercent: 1e9, windowMinutes: 300 }, /usedPercent/],
  ["no percent", { windowMinutes: 300 }, /usedPercent/],
  ["a length that is text", { usedPercent: 1, windowMinutes: "300" }, /windowMinutes/],
  ["a reset that is a number", { usedPercent: 1, windowMinutes: 300, resetsAt: 1 }, /resetsAt/],
  ["a reset without a zone", { usedPercent: 1, resetsAt: "2026-09-01T12:00:00" }, /resetsAt/],
  ["a window that is text", "97%", /it is no object/],
];

for (const [name, window, problem] of MALFORMED) {
  Deno.test(`codexbar window with ${name}: left out, and said`, () => {
    const reading = parseCodexbarUsage(row(window), CONTEXT);
    assertEquals(reading.kind === "windows" && reading.windows, []);
    assertMatch(reading.kind === "windows" ? reading.problems.join() : "", problem);
  });
}

Deno.test("codexbar: placeholders and extra windows of unknown usage are left out", () => {
  const window = { usedPercent: 99, windowMinutes: 300 };
  const reading = parseCodexbarUsage(
    row({ ...window, isSyntheticPlaceholder: true }, {
      extraRateWindows: [
        { id: "a", window, usageKnown: false },
        { id: "b", window },
        { id: 3, window },
        null,
      ],
    }),
    CONTEXT,
  );
  assertEquals(reading.kind === "windows" && reading.windows.map(({ id, extra }) => [id, extra]), [
    ["b", true],
  ]);
});

Deno.test("codexbar: the same row twice is one; rows that differ are none", () => {
  const twice = JSON.stringify([...JSON.parse(GOOD), ...JSON.parse(GOOD)]);
  assertEquals(parseCodexbarUsage(twice, CONTEXT).kind, "windows");
  const other = JSON.stringify([...JSON.parse(GOOD), ...usage({ used: 3 }) as unknown[]]);
  assertEquals(parseCodexbarUsage(other, CONTEXT).kind, "failed");
});

const SURROUNDED: [string, string, number][] = [
  ["the whole text", "[1]", 1],
  ["a byte order mark", "\uFEFF[1]\r\n", 1],
  ["lines before", "[codex notify] account/updated\nWARN x\n[1]\n", 1],
  ["text behind", "[1]\nTerminated: 15\n", 1],
  ["two arrays", "[1]\n[2]\n", 2],
  ["two arrays without a space", "[1][2]", 2],
  ["brackets in strings", 'x\n["]", "[", "\\"]"]\ny', 1],
  ["a row of its own", '{"provider":"codex"}', 1],
  ["rows of their own, one a line", '{"provider":"codex"}\n{"provider":"claude"}\n', 2],
  ["an object that is no row", '{"level":"info"}\n[1]', 1],
  ["a row in an array that has no end", '[\n{"provider":"codex"}\n', 0],
  ["an array in a line is none", "see [1]", 0],
  ["no end", "[1", 0],
];

for (const [name, text, count] of SURROUNDED) {
  Deno.test(`jsonArrays: ${name}`, () => assertEquals(jsonArrays(text).length, count));
}

Deno.test("jsonArrays: many beginnings without an end do not take long", () => {
  assertEquals(jsonArrays("[\n".repeat(500_000)), []);
  assertEquals(jsonArrays("[".repeat(1_000_000)), []);
});

Deno.test("a run that was ended by a signal is not read, even where its output parses", () => {
  const run = { kind: "exited", code: 137, signal: "SIGKILL", stdout: GOOD } as const;
  assertMatch(JSON.stringify(readingFrom(run, "codex")), /ended by SIGKILL/);
});

Deno.test("a non-zero exit with good rows is read", () => {
  const run = { kind: "exited", code: 1, signal: null, stdout: GOOD } as const;
  assertEquals(readingFrom(run, "codex").kind, "windows");
});
