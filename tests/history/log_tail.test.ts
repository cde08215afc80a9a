import { assertEquals } from "@std/assert";
import { readLogTail } from "../../lib/history/log_tail.ts";
import { temporaryDirectory } from "../support/directory.ts";

Deno.test("log tail: goes on where it was, through half a line and a log that is moved aside", async () => {
  await using directory = temporaryDirectory();
  const path = `${directory.path}/log`;
  const append = (text: string) => Deno.writeTextFileSync(path, text, { append: true });
  assertEquals(readLogTail(path, undefined), undefined);
  append("one\ntwo\nthr");
  const first = readLogTail(path, undefined)!;
  assertEquals(first.lines, ["one", "two"]);
  append("ee\n");
  // As a later process has it, that was told the place.
  const place = JSON.parse(JSON.stringify(first.place));
  const second = readLogTail(path, place)!;
  assertEquals(second.lines, ["three"]);
  assertEquals(readLogTail(path, second.place)!.lines, []);
  append("four\n");
  Deno.renameSync(path, `${path}.1`);
  append("five\n");
  const third = readLogTail(path, second.place)!;
  assertEquals(third.lines, ["four", "five"]);
  // Cut short.
  Deno.truncateSync(path, 0);
  append("6\n");
  assertEquals(readLogTail(path, { ...third.place, offset: 5 })!.lines, ["6"]);
});
