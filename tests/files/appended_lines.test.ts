import { assertEquals, assertLess } from "@std/assert";
import { AppendedLines, MAX_LINE_BYTES, MAX_TAIL_BYTES } from "../../lib/files/appended_lines.ts";
import { append, CodexHome } from "../harness/codex/sessions/rollouts.ts";

/** A file of a session, and what is read of it. */
class Sample implements Disposable {
  readonly #home = new CodexHome();
  readonly path = this.#home.rollout("1");
  readonly lines = new AppendedLines(this.path);
  growth: string | undefined;

  constructor(text = "") {
    this.#home.write(this.path, text);
  }

  append(text: string): void {
    append(this.path, text);
  }

  /** The lines that came since the last time. */
  read(): string[] {
    const lines: string[] = [];
    this.growth = this.lines.read((line) => lines.push(line));
    return lines;
  }

  [Symbol.dispose](): void {
    this.lines[Symbol.dispose]();
    this.#home[Symbol.dispose]();
  }
}

Deno.test("appended lines: each line once, in order", () => {
  using file = new Sample("one\ntwo\n");
  assertEquals(file.read(), ["one", "two"]);
  assertEquals(file.growth, "grew");
  file.append("three\n\nvier ü\n");
  assertEquals(file.read(), ["three", "", "vier ü"]);
  assertEquals(file.read(), []);
  assertEquals(file.growth, "same");
});

Deno.test("appended lines: a torn line is given out when its rest has come", () => {
  using file = new Sample("one\ntw");
  assertEquals(file.read(), ["one"]);
  file.append("o");
  assertEquals(file.read(), []);
  file.append(" and a half\nthr");
  assertEquals(file.read(), ["two and a half"]);
  file.append("ee\n");
  assertEquals(file.read(), ["three"]);
});

Deno.test("appended lines: from the end on, whether a line ends there or not", () => {
  for (const [text, expected] of [["one\n", ["three"]], ["one\ntw", ["four"]], ["", ["three"]]]) {
    using file = new Sample(text as string);
    file.lines.skipToEnd();
    assertEquals(file.read(), []);
    file.append("three\n");
    if (expected?.[0] === "four") assertEquals(file.read(), []);
    if (expected?.[0] === "four") file.append("four\n");
    assertEquals(file.read(), expected as string[]);
  }
});

for (
  const bytes of [
    MAX_LINE_BYTES,
    MAX_LINE_BYTES + 1,
    2 * MAX_LINE_BYTES,
    3 * MAX_LINE_BYTES - 5,
    4_600_000,
  ]
) {
  Deno.test(`appended lines: one of ${bytes} bytes is skipped, those around it are read`, () => {
    using file = new Sample("one\n");
    file.read();
    file.append(`before\n${"x".repeat(bytes)}\nbehind\n`);
    assertEquals(file.read(), ["before", "behind"]);
    // The same, while it is being written.
    file.append("x".repeat(bytes));
    assertEquals(file.read(), []);
    file.append("y\nagain\n");
    assertEquals(file.read(), ["again"]);
  });
}

Deno.test("appended lines: the longest line that is kept", () => {
  const long = "x".repeat(MAX_LINE_BYTES - 1);
  using file = new Sample(`${long}\n`);
  assertEquals(file.read(), [long]);
});

Deno.test("appended lines: many small ones over several chunks, none twice and none lost", () => {
  using file = new Sample("begin\n");
  file.read();
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${"z".repeat(20)}`);
  file.append(`${lines.join("\n")}\n`);
  assertEquals(file.read(), lines);
});

Deno.test("appended lines: of a file that is met late, the whole lines at its end", () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => `${index} ${"z".repeat(90)}`);
  using file = new Sample(`${lines.join("\n")}\n`);
  const read = file.read();
  assertEquals(read, lines.slice(-read.length));
  const bytes = read.join("\n").length;
  assertLess(MAX_TAIL_BYTES - 200, bytes);
  assertLess(bytes, MAX_TAIL_BYTES);
});

Deno.test("appended lines: what came while nobody looked for long is not read through", () => {
  using file = new Sample("one\n");
  file.read();
  const mebibyte = `${"x".repeat(1023)}\n`.repeat(1024);
  for (let count = 0; count < 17; count++) file.append(mebibyte);
  file.append("last\n");
  const read = file.read();
  assertEquals(read.at(-1), "last");
  assertLess(read.length, 300);
});

Deno.test("appended lines: a file that was cut short, replaced or removed begins anew", () => {
  using file = new Sample("one\ntwo\nthree\n");
  file.read();
  Deno.writeTextFileSync(file.path, "new\n");
  assertEquals(file.read(), ["new"]);
  Deno.writeTextFileSync(`${file.path}.new`, "longer than the one before\n");
  Deno.renameSync(`${file.path}.new`, file.path);
  assertEquals(file.read(), ["longer than the one before"]);
  Deno.removeSync(file.path);
  assertEquals(file.read(), []);
  assertEquals(file.growth, "gone");
  file.append("back\n");
  assertEquals(file.read(), ["back"]);
});

Deno.test("appended lines: a directory is no file", () => {
  using file = new Sample();
  Deno.removeSync(file.path);
  Deno.mkdirSync(file.path);
  assertEquals(file.read(), []);
  assertEquals(file.growth, "gone");
});
