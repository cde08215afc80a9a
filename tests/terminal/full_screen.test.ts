import { assertEquals } from "@std/assert";
import { FullScreen } from "../../lib/terminal/full_screen.ts";

/** A terminal that remembers what was written, of 10 columns and 4 rows. */
function terminal() {
  const written: string[] = [];
  const raw: boolean[] = [];
  return {
    written,
    raw,
    write: (text: string) => void written.push(text),
    setRaw: (isRaw: boolean) => void raw.push(isRaw),
    size: () => ({ columns: 10, rows: 4 }),
  };
}
const UTF8 = { isUtf8: true };

Deno.test("full screen: the terminal is put back once, whatever happens", () => {
  const fake = terminal();
  try {
    using screen = new FullScreen(fake);
    screen.draw(["a"], "foot", UTF8);
    screen[Symbol.dispose]();
    screen.draw(["b"], "foot", UTF8);
    throw new Error("in between");
  } catch {
    // What is looked at is the terminal.
  }
  assertEquals(fake.raw, [true, false]);
  assertEquals(fake.written.length, 3);
  assertEquals(fake.written[0], "\x1b[?1049h\x1b[?25l\x1b[?7l");
  assertEquals(fake.written[2], "\x1b[?7h\x1b[?25h\x1b[?1049l");
});

Deno.test("full screen: drawn in place and as a whole, and again only where something is another", () => {
  const fake = terminal();
  using screen = new FullScreen(fake);
  const drawn = () => fake.written.slice(1);
  screen.draw(["a", "0123456789"], "a foot that is long", UTF8);
  screen.draw(["a", "0123456789"], "a foot that is long", UTF8);
  const text = "a\x1b[K\r\n0123456789\r\n\x1b[K\r\na foot th…";
  assertEquals(drawn(), [`\x1b[?2026h\x1b[H${text}\x1b[?2026l`]);
  screen.resized();
  screen.draw(["a", "0123456789"], "a foot that is long", UTF8);
  assertEquals(drawn().length, 2);
  screen.draw(["1", "2", "3", "4", "5"], "", UTF8);
  assertEquals(drawn().at(-1)?.includes("1\x1b[K\r\n2\x1b[K\r\n… 3 more lines"), true);
});
