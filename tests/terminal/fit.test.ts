import { assertEquals } from "@std/assert";
import { fit, pad, shown } from "../../lib/terminal/fit.ts";
import { wrap } from "../../lib/terminal/wrap.ts";

const ASCII = { isUtf8: false };
const UTF8 = { isUtf8: true };

Deno.test("fit: what is too long is cut, by what it takes on a screen", () => {
  assertEquals(fit("a long text", 11, UTF8), "a long text");
  assertEquals(fit("a long text", 6, UTF8), "a lon…");
  assertEquals(fit("a long text", 6, ASCII), "a l...");
  assertEquals(fit("/home/ann/project", 9, UTF8, "end"), "…/project");
  assertEquals(fit("漢字漢字", 5, UTF8), "漢字…");
  assertEquals(fit("👩‍👩‍👧x", 2, UTF8), "…");
  assertEquals(fit("abc", 1, ASCII), ".");
  assertEquals(fit("abc", 0, UTF8), "");
});

Deno.test("fit: in ASCII what cannot be shown is a question mark", () => {
  assertEquals(shown("é … → 漢 \u001b[1mx", ASCII), "? ... -> ? \u001b[1mx");
  assertEquals(shown("é …", UTF8), "é …");
});

Deno.test("pad: up to a width on the screen", () => {
  assertEquals(pad("漢", 4), "漢  ");
  assertEquals(pad("abcd", 2), "abcd");
});

Deno.test("wrap: between words, with what hangs; a word that is too long goes on below", () => {
  assertEquals(wrap("one two three", 7, UTF8), ["one two", "three"]);
  assertEquals(wrap("one two three", 7, UTF8, "  "), ["one two", "  three"]);
  assertEquals(wrap("a wonderfully", 6, UTF8, "  "), ["a", "  wond", "  erfu", "  lly"]);
  assertEquals(wrap("  one two", 6, UTF8, "    "), ["  one", "    tw", "    o"]);
  assertEquals(wrap("wonderfully so", 6, UTF8), ["wonder", "fully", "so"]);
  assertEquals(wrap("wonderful so", 6, UTF8), ["wonder", "ful so"]);
  assertEquals(wrap("漢字漢字", 5, UTF8, " "), ["漢字", " 漢字"]);
  assertEquals(wrap("a …", 4, ASCII), ["a", "..."]);
  assertEquals(wrap("漢", 1, UTF8, "  "), ["…"]);
  assertEquals(wrap("", 6, UTF8), [""]);
});

Deno.test("wrap: a time is not broken", () => {
  assertEquals(wrap("resets (in 3 d 4 h)", 16, UTF8), ["resets", "(in 3 d 4 h)"]);
  assertEquals(wrap("09:37 (4 s ago), until", 12, UTF8), ["09:37", "(4 s ago),", "until"]);
  assertEquals(wrap("wall at 05:12, 7 h 39 min before", 18, UTF8), [
    "wall at 05:12,",
    "7 h 39 min before",
  ]);
});
