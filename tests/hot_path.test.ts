import { assert, assertEquals, assertLess } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { BINARY, readText, Sandbox } from "./support/sandbox.ts";
import { findTool } from "./support/tools.ts";

/** A bundle's file and those that it imports at once, dynamic imports left out. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of readText(path)!.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) {
    loadedWith(join(dirname(path), name!), seen);
  }
  return seen;
}

Deno.test("hot path: an open quota loads little, and no library", async () => {
  await using box = new Sandbox();
  const { success, stderr } = await new Deno.Command(
    fromFileUrl(new URL("../scripts/deno", import.meta.url)),
    { args: ["task", "-q", "bundle", "--outdir", `${box.root}/bundle`, "main.ts"] },
  ).output();
  assert(success, new TextDecoder().decode(stderr));
  const main = `${box.root}/bundle/main.js`;
  const [, guard] = /import\("(\.\/guard[^"]*)"\)/.exec(readText(main)!)!;
  const files = [...new Set([...loadedWith(main), ...loadedWith(join(dirname(main), guard!))])];
  const bytes = files.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
  assertLess(files.length, 26, files.join("\n"));
  assertLess(bytes, 32_000);
  const text = files.map((path) => readText(path)).join("");
  for (const word of ["safeParse", "parseArgs", "Deno.Command"]) assert(!text.includes(word), word);
});

Deno.test({
  name: "hot path: an open quota starts no process and opens few files",
  ignore: findTool("strace") === undefined,
  fn: async () => {
    await using box = new Sandbox();
    box.writeState({ status: "open", reason: "test" });
    const trace = `${box.root}/trace`;
    await new Deno.Command(findTool("strace")!, {
      args: ["-f", "-e", "trace=openat,execve", "-o", trace, BINARY, "guard", "--state-only"],
      cwd: box.home,
      env: box.env,
      clearEnv: true,
    }).output();
    const lines = readText(trace)!.split("\n");
    assertEquals(lines.filter((line) => /execve\(/.test(line)).length, 1);
    const ours = lines.filter((line) => line.includes(box.home));
    // The state; the daemon's lock; more would be felt on a slow disk.
    assertLess(ours.length, 4, ours.join("\n"));
  },
});
