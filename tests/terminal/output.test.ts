import { assertEquals } from "@std/assert";
import { type Output, outputOf } from "../../lib/terminal/output.ts";

const UTF8 = { LANG: "en_US.UTF-8" };
const CASES: [string, boolean, Record<string, string>, number | undefined, Partial<Output>][] = [
  ["a terminal tells its columns", true, { ...UTF8, COLUMNS: "60" }, 120, { columns: 120 }],
  ["one that does not know", true, { COLUMNS: "60" }, 0, { columns: 60 }],
  ["one that cannot be asked", true, {}, undefined, { columns: 80 }],
  ["a pipe has those that are named", false, { COLUMNS: "60" }, 120, { columns: 60 }],
  ["what is no number", false, { COLUMNS: "-3" }, 120, { columns: 80, isTerminal: false }],
  ["colours on a terminal", true, {}, 80, { hasColour: true }],
  ["no colours in a pipe", false, {}, 80, { hasColour: false }],
  ["NO_COLOR", true, { NO_COLOR: "1" }, 80, { hasColour: false }],
  ["NO_COLOR, but empty", true, { NO_COLOR: "" }, 80, { hasColour: true }],
  ["FORCE_COLOR", false, { FORCE_COLOR: "1", NO_COLOR: "1" }, 80, { hasColour: true }],
  ["FORCE_COLOR=0", true, { FORCE_COLOR: "0" }, 80, { hasColour: false }],
  ["a terminal that is dumb", true, { TERM: "dumb" }, 80, { hasColour: false }],
  ["UTF-8", true, UTF8, 80, { isUtf8: true }],
  ["LC_ALL beats LANG", true, { ...UTF8, LC_ALL: "C" }, 80, { isUtf8: false }],
  ["LC_CTYPE beats LANG", true, { LANG: "C", LC_CTYPE: "C.utf8" }, 80, { isUtf8: true }],
  ["no locale", true, {}, 80, { isUtf8: false }],
];
for (const [name, isTerminal, env, columns, expected] of CASES) {
  Deno.test(`output: ${name}`, () => {
    const size = () => {
      if (columns === undefined) throw new Error("no terminal");
      return { columns };
    };
    const output = outputOf({ isTerminal: () => isTerminal }, (key) => env[key], size);
    assertEquals({ ...output, ...expected }, output);
  });
}
