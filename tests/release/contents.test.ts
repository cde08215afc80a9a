import { assertEquals, assertThrows } from "@std/assert";
import { contents } from "../../scripts/release/contents.ts";

/** What is in a bundle of one file. */
function contentsOf(text: string) {
  const directory = Deno.makeTempDirSync({ prefix: "qs-test-" });
  try {
    Deno.writeTextFileSync(`${directory}/main.js`, text);
    return contents(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("contents: each line of a bundle is of the package that the mark before it names", () => {
  const { ours, packages } = contentsOf([
    "import x",
    "// node_modules/.deno/@scope+one@1.2.3_two@4.0.0/node_modules/@scope/one/a.js",
    "12345",
    "// lib/text/words.ts",
    "// not a mark",
    "// deno:https://registry.example/@std/path/1.1.0/join.ts",
    "1",
    "// node_modules/.deno/two@4.0.0-rc.1/node_modules/two/b.js",
    "// node_modules/.deno/two@4.0.0-rc.1/node_modules/two/c.js",
    "",
  ].join("\n"));
  assertEquals(packages.map(({ size: _, ...each }) => each), [
    {
      registry: "npm",
      name: "@scope/one",
      version: "1.2.3",
      directory: "node_modules/.deno/@scope+one@1.2.3_two@4.0.0/node_modules/@scope/one",
    },
    { registry: "jsr", name: "@std/path", version: "1.1.0" },
    {
      registry: "npm",
      name: "two",
      version: "4.0.0-rc.1",
      directory: "node_modules/.deno/two@4.0.0-rc.1/node_modules/two",
    },
  ]);
  assertEquals(packages.map(({ size }) => size), [84, 59, 119]);
  assertEquals(ours, "import x\n// lib/text/words.ts\n// not a mark\n".length);
});

Deno.test("contents: what is of no known place is not passed over", () => {
  for (const mark of ["// node_modules/.deno/odd/x.js", "// deno:https://example.org/x.js"]) {
    assertThrows(() => contentsOf(`${mark}\n1\n`), Error, "which package is this of?");
  }
});
