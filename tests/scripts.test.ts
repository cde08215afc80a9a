import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { pathsBelow } from "./support/paths_below.ts";
import { readText } from "./support/sandbox.ts";
import { SHELLS } from "./support/shells.ts";
import { findTool } from "./support/tools.ts";

/* Every shell script of the tree is fit for every sh, that of macOS too, which is bash 3.2. */

const ROOT = fromFileUrl(new URL("..", import.meta.url));

const FILES = ["scripts", "lib"].flatMap((directory) => [...pathsBelow(`${ROOT}${directory}`)])
  .filter((path) => Deno.lstatSync(path).isFile && readText(path)!.startsWith("#!/bin/sh\n"));

async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/**
 * What bash 3.2 does not read, though it is POSIX: it takes the `)` of a pattern in `$(…)` for the end of
 * that, unless the pattern begins with `(`.
 */
function amissIn32(script: string): string[] {
  return [
    ...script.matchAll(/\$\((?!\()(?:[^()]|\([^()]*\))*?\bcase\b[^()]*?\bin\s+[^(\s][^()]*\)/g),
  ]
    .map(([text]) => text);
}

Deno.test({
  name: "scripts: shellcheck finds nothing in any",
  ignore: findTool("shellcheck") === undefined,
  fn: async () => {
    assert(FILES.length > 10, FILES.join("\n"));
    assertEquals(await output("shellcheck", ["--shell=sh", "--", ...FILES]), "");
  },
});

for (const shell of SHELLS) {
  const [command, ...args] = shell.split(" ");
  Deno.test({
    name: `scripts: ${shell} reads all`,
    ignore: findTool(command!) === undefined,
    fn: async () => {
      for (const file of FILES) {
        assertEquals(await output(command!, [...args, "-n", file]), "", file);
      }
    },
  });
}

Deno.test("scripts: nothing in any that bash 3.2 does not read", () => {
  assertEquals(amissIn32("x=$(case $y in a) echo b ;; esac)\n").length, 1);
  assertEquals(amissIn32("case $(echo $((1 + 2))) in 3) echo $(date) ;; esac\n"), []);
  for (const file of FILES) assertEquals(amissIn32(readText(file)!), [], file);
});
