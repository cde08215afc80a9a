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

Deno.test("wrap: between words, with what hangs; a word that is too long is cut", () => {
  assertEquals(wrap("one two three", 7, UTF8), ["one two", "three"]);
  assertEquals(wrap("one two three", 7, UTF8, "  "), ["one two", "  three"]);
  assertEquals(wrap("a wonderfully", 6, UTF8, "  "), ["a", "  won…"]);
  assertEquals(wrap("  one two", 6, UTF8, "    "), ["  one", "    t…"]);
  assertEquals(wrap("in 11 h 51 min", 9, UTF8), ["in 11 h", "51 min"]);
  assertEquals(wrap("", 6, UTF8), [""]);
});
