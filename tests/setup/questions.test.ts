import { assertEquals, assertMatch } from "@std/assert";
import { PassThrough } from "node:stream";
import { usualAnswers } from "../../lib/setup/answers.ts";
import { ask } from "../../lib/setup/questions.ts";
import { until } from "../support/sandbox.ts";

const OUTPUT = { columns: 80, isTerminal: true, hasColour: false, isUtf8: false };

const ALL = {
  homes: ["~/.codex", "~/.codex-work"],
  whose: "Codex",
  asksWeekly: true,
  weeklyPercent: 90,
  asksLogin: true,
};

const DOWN = "\x1b[B";

/** What is asked, what is pressed at each question, and what comes of it. */
const CASES: [string, Partial<typeof ALL>, readonly (readonly string[])[], unknown][] = [
  ["Enter takes what is usual", {}, [["\r"], ["\r"], ["\r"]], usualAnswers(ALL)],
  ["other answers", {}, [[DOWN, " ", "\r"], [DOWN, "\r"], ["y"]], {
    homes: [0],
    holdsWeekly: true,
    startsAtLogin: true,
  }],
  [
    "one home, and the rest is settled",
    { homes: ["~/.codex"], asksWeekly: false, asksLogin: false },
    [],
    { homes: [0], holdsWeekly: false, startsAtLogin: false },
  ],
  ["Ctrl-C at the last one", {}, [["\r"], [DOWN, "\r"], ["\x03"]], undefined],
];

for (const [name, changed, keys, expected] of CASES) {
  Deno.test(`setup, questions: ${name}`, async () => {
    const input = new PassThrough();
    let written = "";
    const answers = ask({ ...ALL, ...changed }, OUTPUT, (text) => written += text, input);
    for (const [index, each] of keys.entries()) {
      await until("the next question", () => new Set(written.match(/\* {2}.*\?/g)).size > index);
      for (const key of each) input.write(key);
    }
    assertEquals(await answers, expected);
    if (keys.length > 0) assertMatch(written, /when 90% of the weekly window is used/);
  });
}
