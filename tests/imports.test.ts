import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** The files that each file of ours imports, at once or later, by their paths from the root. */
type Imports = ReadonlyMap<string, readonly string[]>;

/** A module, as `deno info --json` has it. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

async function importsOf(...files: readonly string[]): Promise<Imports> {
  const flags = (Deno.env.get("QUOTA_SENTRY_DENO_FLAGS") ?? "").split(" ").filter(Boolean);
  const imports = new Map<string, string[]>();
  for (const file of files) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", ...flags, "--json", file],
      cwd: ROOT,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const { modules }: { modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier, dependencies = [] } of modules) {
      const from = pathOf(specifier);
      if (from === undefined) continue;
      const all = dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier]);
      imports.set(from, [...new Set(all.flatMap((each) => pathOf(each) ?? []))]);
    }
  }
  return imports;
}

/** The path of a file of ours, from the root; undefined for a library's. */
function pathOf(specifier: string | undefined): string | undefined {
  if (!specifier?.startsWith("file://")) return undefined;
  const path = fromFileUrl(specifier);
  const own = path.startsWith(ROOT) ? path.slice(ROOT.length) : "";
  return /^(main\.ts|lib\/)/.test(own) ? own : undefined;
}

function roomOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

/** The rooms in the order in which CONTRIBUTING lists them, from the ground up. */
function roomsInOrder(): string[] {
  const text = Deno.readTextFileSync(`${ROOT}CONTRIBUTING.md`);
  return [...text.matchAll(/^\| `(lib\/\w+)` +\|/gm)].map(([, room]) => room!);
}

/** Imports that do not go to a room above, as `FROM → TO`. */
function arrowsBack(imports: Imports, rooms: readonly string[]): string[] {
  const all = [...imports].flatMap(([from, to]) => to.map((each) => [from, each] as const));
  return all.filter(([from, to]) =>
    from.startsWith("lib/") && roomOf(from) !== roomOf(to) &&
    rooms.indexOf(roomOf(to)) > rooms.indexOf(roomOf(from))
  ).map((arrow) => arrow.join(" → "));
}

/** A way along the imports that comes back to where it began; undefined where there is none. */
function circleIn(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of imports.get(path) ?? []) {
      const circle = visit(next, [...way, path]);
      if (circle) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of imports.keys()) {
    const circle = visit(path, []);
    if (circle) return circle;
  }
  return undefined;
}

Deno.test("imports: arrows go one way, and nothing comes back to itself", async () => {
  const imports = await importsOf("main.ts");
  const rooms = roomsInOrder();
  const used = new Set([...imports.keys()].filter((path) => path !== "main.ts").map(roomOf));
  assertEquals([...used].toSorted(), rooms.toSorted(), "each room is in the table");
  assertEquals(arrowsBack(imports, rooms), []);
  assertEquals(circleIn(imports), undefined);
});

Deno.test("imports: what is forbidden is seen", () => {
  const imports = new Map([
    ["main.ts", ["lib/b/one.ts"]],
    ["lib/b/one.ts", ["lib/a/two.ts"]],
    ["lib/a/two.ts", ["lib/a/three.ts", "lib/b/four.ts"]],
    ["lib/a/three.ts", ["lib/a/two.ts"]],
  ]);
  assertEquals(arrowsBack(imports, ["lib/a", "lib/b"]), ["lib/a/two.ts → lib/b/four.ts"]);
  assertEquals(circleIn(imports), ["lib/a/two.ts", "lib/a/three.ts", "lib/a/two.ts"]);
});
