import { assertEquals, assertGreater } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { pathsBelow } from "./support/paths_below.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { readText } from "./support/sandbox.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

const SOURCES: ReadonlyMap<string, string> = new Map(
  ["lib", "scripts", "tests"].flatMap((directory) => [...pathsBelow(`${ROOT}${directory}`)])
    .concat(`${ROOT}main.ts`).filter((path) => path.endsWith(".ts"))
    .map((path) => [path.slice(ROOT.length), readText(path)!]),
);

/** The functions, classes and values that files of the library export and no other file names. */
function unused(sources: ReadonlyMap<string, string>): string[] {
  const namedIn = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    for (const [name] of text.matchAll(/\w+/g)) {
      if (!namedIn.has(name)) namedIn.set(name, new Set());
      namedIn.get(name)!.add(path);
    }
  }
  return [...sources].filter(([path]) => path.startsWith("lib/")).flatMap(([path, text]) =>
    [...text.matchAll(/^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm)]
      .filter(([, name]) => namedIn.get(name!)!.size === 1).map(([, name]) => `${path}: ${name}`)
  );
}

Deno.test("exports: each is for somebody", () => {
  assertGreater(SOURCES.size, 300);
  assertEquals(unused(SOURCES), []);
  const sources = new Map([["lib/a.ts", "export const used = 1;\nexport function idle() {}\n"]]);
  assertEquals(unused(sources.set("main.ts", "used")), ["lib/a.ts: idle"]);
});

/** What `deno doc --lint` says of some files. */
async function complaints(files: readonly string[], directory: string): Promise<string[]> {
  // Packages say nothing of our files, and may be out of reach.
  const { imports }: { imports: Record<string, string> } = JSON.parse(
    readText(`${ROOT}deno.json`)!,
  );
  const nothing = `${directory}/nothing.ts`;
  Deno.writeTextFileSync(nothing, "export {};\n");
  const names = [...SOURCES.values()].flatMap((text) =>
    [...text.matchAll(/from "((?:@std|[a-z]).*?)"/g)].map(([, name]) => name!)
  );
  const map = Object.fromEntries(
    [...Object.keys(imports), ...names].map((name) => [name, nothing]),
  );
  Deno.writeTextFileSync(`${directory}/map.json`, JSON.stringify({ imports: map }));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", "--no-lock", `--import-map=${directory}/map.json`, ...files],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return [...text.matchAll(/^error\[([\w-]+)\]: (.*)\n +--> (.*)\n +\| *\n *\d+ \| (.*)$/gm)]
    .filter(([, rule, message, , line]) => !isAccepted(rule!, message!, line!))
    .map(([, rule, message, place]) => `${place!.replace(ROOT, "")} ${rule}: ${message}`);
}

/**
 * A member whose name says all needs no comment, and a type that is taken from a table or a schema is
 * written there alone.
 */
function isAccepted(rule: string, message: string, line: string): boolean {
  switch (rule) {
    case "missing-jsdoc":
      return !line.startsWith("export ");
    case "missing-explicit-type":
      return /= (z\.\w+|Section\.extend)\(/.test(line);
    case "private-type-ref":
      return /private type '(GENERAL|Homes?|OPTIONS|STEPS)'/.test(message);
    default:
      return false;
  }
}

Deno.test("exports: each is described, and says what it takes and gives", async () => {
  await using temporary = temporaryDirectory();
  const library = [...SOURCES.keys()].filter((path) => path.startsWith("lib/"));
  assertEquals(await complaints(library, temporary.path), []);
  const bad = `${temporary.path}/bad.ts`;
  Deno.writeTextFileSync(bad, "export function bad() {\n  return Math.random();\n}\n");
  assertEquals((await complaints([bad], temporary.path)).map((line) => line.split(" ")[1]), [
    "missing-jsdoc:",
    "missing-return-type:",
  ]);
});
