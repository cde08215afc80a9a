import { assertEquals } from "@std/assert";
import type { Reading } from "../../lib/quota/reading.ts";
import { auto } from "../../lib/sources/auto.ts";
import type { QuotaSource } from "../../lib/quota/source.ts";

function source(name: string, answers: boolean, asked: string[]): QuotaSource {
  const reading: Reading = answers
    ? { kind: "windows", source: name, windows: [], problems: [] }
    : { kind: "failed", source: name, reason: `${name} is missing` };
  return {
    name,
    read() {
      asked.push(name);
      return Promise.resolve(reading);
    },
  };
}

const CASES: [string, string[], string | undefined, string[], string][] = [
  [
    "the first that answers",
    ["codexbar", "codex", "sessions"],
    undefined,
    ["codexbar"],
    "codexbar",
  ],
  ["the next when it does not", ["codex", "sessions"], undefined, ["codexbar", "codex"], "codex"],
  ["the one that answered last time first", ["codexbar", "codex"], "codex", ["codex"], "codex"],
  ["but never what counts less", ["codexbar", "sessions"], "sessions", ["codexbar"], "codexbar"],
  ["all when none answers", [], undefined, ["codexbar", "codex", "sessions"], "auto"],
];
for (const [name, answering, last, expected, from] of CASES) {
  Deno.test(`auto: ${name}`, async () => {
    const asked: string[] = [];
    const sources = ["codexbar", "codex", "sessions"].map((each) =>
      source(each, answering.includes(each), asked)
    );
    const reading = await auto(sources, last).read();
    assertEquals([asked, reading.source], [expected, from]);
  });
}
