import { assertEquals } from "@std/assert";
import { wrapped } from "../../lib/text/wrapped.ts";

const CASES: [string, number, string[]][] = [
  ["", 10, [""]],
  ["one two three", 7, ["one two", "three"]],
  ["one two three", 6, ["one", "two", "three"]],
  ["  spaces   between ", 20, ["spaces between"]],
  ["a word-that-is-too-long stays", 8, ["a", "word-that-is-too-long", "stays"]],
];

for (const [text, width, lines] of CASES) {
  Deno.test(`wrapped: ${JSON.stringify(text)} in ${width}`, () => {
    assertEquals(wrapped(text, width), lines);
  });
}
