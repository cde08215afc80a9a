import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { findTool } from "./support/tools.ts";

const LINT = fromFileUrl(new URL("../scripts/lint-workflows/lint", import.meta.url));

/** What the linter says of workflows: its exit code, and a line for each finding. */
async function lint(files: string[] = []): Promise<[number, string[]]> {
  const { code, stdout, stderr } = await new Deno.Command(LINT, { args: files }).output();
  const text = new TextDecoder().decode(code > 1 ? stderr : stdout);
  return [code, text.split("\n").filter((line) => line !== "")];
}

const FAULTY = `
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo \${{ matrix.nothing }}
`;

Deno.test({
  name: "workflows: the linter finds nothing in ours, and finds what is wrong",
  ignore: findTool("npm") === undefined,
  fn: async () => {
    const file = Deno.makeTempFileSync({ prefix: "qs-test-", suffix: ".yml" });
    try {
      Deno.writeTextFileSync(file, FAULTY);
      const [ours, [code, findings]] = await Promise.all([lint(), lint([file])]);
      assertEquals(ours, [0, []]);
      assertEquals(code, 1);
      assertEquals(
        findings.map((line) => line.replace(/^[^:]*:/, "").replace(/ is not defined.*/, "")),
        [
          '8: property "nothing"',
          "7: actions/checkout@v4 is not pinned by its commit",
          "1: no permissions: for all jobs, so they have the default's",
        ],
      );
    } finally {
      Deno.removeSync(file);
    }
  },
});
