import { assertEquals } from "@std/assert";
import { FoldedLines, logLine, openLog } from "../../lib/state/log.ts";
import { temporaryDirectory } from "../support/directory.ts";

const AT = new Date("2026-09-01T12:00:00Z");

Deno.test("log: a line a message, whatever it holds", () => {
  const message = "a\nb\r\x1b[2J\u202e\u2028c";
  assertEquals(logLine(message, AT), "2026-09-01T12:00:00Z a b [2J c\n");
});

Deno.test("log: the file is the user's alone, and moved aside where it is large, twice", async () => {
  await using directory = temporaryDirectory();
  const path = `${directory.path}/log`;
  const log = openLog(path, () => AT);
  const read = (suffix: string) => Deno.readTextFileSync(`${path}${suffix}`).slice(0, 40);
  log.write("first");
  log.write("second");
  assertEquals(read(""), "2026-09-01T12:00:00Z first\n2026-09-01T12");
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  for (const name of ["a", "b", "c"]) {
    Deno.writeTextFileSync(path, name.repeat(1024 * 1024 + 1));
    log.write(`after ${name}`);
    assertEquals(read(""), `2026-09-01T12:00:00Z after ${name}\n`);
  }
  assertEquals([read(".1")[0], read(".2")[0]], ["c", "b"]);
  assertEquals([...Deno.readDirSync(directory.path)].length, 3);
});

Deno.test("log: one that cannot be written or moved is no failure", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  openLog(`${path}/missing/log`, () => AT).write("lost");
  Deno.writeTextFileSync(`${path}/file`, "");
  openLog(`${path}/file/log`, () => AT).write("lost");
  Deno.writeTextFileSync(`${path}/log`, "x".repeat(1024 * 1024 + 1));
  Deno.mkdirSync(`${path}/log.1/in the way`, { recursive: true });
  Deno.mkdirSync(`${path}/log.2/in the way`, { recursive: true });
  openLog(`${path}/log`, () => AT).write("lost");
  assertEquals(Deno.statSync(`${path}/log`).size, 1024 * 1024 + 1);
});

Deno.test("folded lines: only what differs from the line before about the same thing", () => {
  const lines: string[] = [];
  const folded = new FoldedLines({ write: (line) => lines.push(line) });
  folded.write("a", "");
  folded.write("a", "one");
  folded.write("a", "one");
  folded.write("b", "one");
  folded.write("a", "");
  folded.write("a", "one");
  folded.write("c", "at 97%", "blocked");
  folded.write("c", "at 98%", "blocked");
  assertEquals(lines, ["one", "one", "one", "at 97%"]);
});
