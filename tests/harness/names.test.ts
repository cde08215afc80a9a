import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { KINDS } from "../../lib/harness/registry.ts";
import { pathsBelow } from "../support/paths_below.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** Where a harness may be named outside its folder, and why; what stands there is all that may. */
const MAY: readonly (readonly [file: string, text: RegExp, why: string])[] = [
  ["lib/harness/registry.ts", /.*/, "it is the registry"],
  ["lib/harness/callers.ts", /.*/, "it is the registry of guards"],
  [
    "lib/commands/commands.ts",
    /^\s*(\["quota-sentry|"quota-sentry) /,
    "an example, as it is typed",
  ],
  ["lib/config/values.ts", /export const SOURCES = /, "a value that stands in users' settings"],
];

/** The code without what it says to readers: where a fact was seen, comments may tell. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/(^|\s)\/\/.*$/gm, "");
}

/** The lines of code outside the folder of a harness that name it. */
function namesOf(path: string, code: string): string[] {
  // One may be built on another, whose account it uses.
  if (KINDS.some(({ id }) => path.startsWith(`lib/harness/${id}/`))) return [];
  return KINDS.flatMap((kind) => {
    const { name, program } = kind.with(undefined);
    const words = [kind.id, name, program].join("|");
    const alone = new RegExp(`(?<![A-Za-z])(${words})(?![a-z])`, "i");
    const within = new RegExp(`[a-z](${kind.id[0]!.toUpperCase()}${kind.id.slice(1)})(?![a-z])`);
    const lines = withoutComments(code).split("\n");
    return lines.filter((line) => alone.test(line) || within.test(line)).filter((line) =>
      !MAY.some(([file, text]) => file === path && text.test(line))
    ).map((line) => `${path}: ${line.trim()}`);
  });
}

Deno.test("harness: no file outside its folder and the registries knows its name", () => {
  const paths = [...pathsBelow(`${ROOT}lib`)].filter((path) => path.endsWith(".ts"));
  assert(paths.length > 200);
  const all = [...paths, `${ROOT}main.ts`].flatMap((path) =>
    namesOf(path.slice(ROOT.length), Deno.readTextFileSync(path))
  );
  assertEquals(all, []);
});

Deno.test("harness: one that is named is seen, in code and in words", () => {
  const lines = ['if (id === "codex") {}', "const isCodex = 1;", 'print("restart Codex")'];
  for (const line of [...lines, 'import "../harness/claude/home.ts";', "env.CODEX_HOME"]) {
    assertEquals(namesOf("lib/commands/any.ts", line).length, 1, line);
  }
  assertEquals(
    namesOf("lib/commands/any.ts", "/** Seen with Codex. */ // claude\nx = codexbar;"),
    [],
  );
  assertEquals(namesOf("lib/harness/codex/any.ts", lines[0]!), []);
});
