import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { pathsBelow } from "./support/paths_below.ts";
import { readText } from "./support/sandbox.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** What is given back at the end of a block: locks, files, children. */
const USING = /\b(await )?using \w+\s*=/g;

const count = (directory: string, end: string) =>
  [...pathsBelow(directory)].filter((path) => path.endsWith(end))
    .flatMap((path) => readText(path)!.match(USING) ?? []).length;

Deno.test("bundle: whatever the sources give back is given back in the binary too", async () => {
  // A minifier writes `using lock = take(); if (!lock) …` as `if (!take()) …`: the lock is never
  // given back, and a daemon that replaces files runs out of descriptors.
  const directory = Deno.makeTempDirSync({ prefix: "qs-test-" });
  try {
    const { success } = await new Deno.Command(`${ROOT}/scripts/deno`, {
      args: ["task", "-q", "bundle", "--outdir", directory, "main.ts"],
      cwd: ROOT,
    }).output();
    assertEquals(success, true);
    assertEquals(count(directory, ".js"), count(`${ROOT}/lib`, ".ts"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
