import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { dirname } from "@std/path";
import { KINDS } from "../../lib/harness/registry.ts";
import { documents, ROOT } from "./markdown.ts";
import { type NotShown, ROWS, type Shown } from "./scenarios_known.ts";
import { standingTable, tableOf } from "./table.ts";
import { namesTest } from "./test_names.ts";

const README = new URL("../../README.md", import.meta.url);

const isShown = (cell: Shown | NotShown): cell is Shown => "file" in cell;
const cells = ROWS.flatMap(({ cells }) => Object.values(cells));

Deno.test("README: the scenarios are those that are tried; renew it with UPDATE_SETTINGS=1", () => {
  const agents = KINDS.map((kind) => kind.with(undefined).name);
  const table = tableOf([
    ["what is tried", ...agents],
    ...ROWS.map(({ scenario, cells }) => [
      scenario,
      ...KINDS.map(({ id }) => {
        const cell = cells[id];
        return cell && isShown(cell) ? `[✓](${cell.file})` : "–";
      }),
    ]),
  ]);
  assertEquals(standingTable(README, "what is tried", table), table);
});

Deno.test("README: each harness has a cell for each scenario, and says what is not tried", () => {
  const harnesses = KINDS.map(({ id }) => id).sort();
  for (const { scenario, cells } of ROWS) {
    assertEquals(Object.keys(cells).sort(), harnesses, scenario);
  }
  const { text } = documents().find(({ path }) => path === "README.md")!;
  const words = text.replace(/\s+/g, " ");
  const unsaid = cells.filter((cell) => !isShown(cell) && !words.includes(cell.note));
  assertEquals(unsaid, []);
});

Deno.test("README: the tests behind the scenarios are there, and run", () => {
  const tried = cells.filter(isShown);
  assert(tried.length > 30);
  const gone = tried.flatMap(({ file, tests }) => {
    const text = existsSync(ROOT + file) ? Deno.readTextFileSync(ROOT + file) : "";
    return tests.filter((name) => !namesTest(text, name)).map((name) => `${file}: ${name}`);
  });
  assertEquals(gone, []);
  assertEquals(tried.filter(({ file }) => !runs(file)), []);
});

Deno.test("documents: a test is found by its name, and nothing else is taken for one", () => {
  const text = [
    'Deno.test("plain", () => {});',
    "otherTest(",
    '  "on a line of its own",',
    'for (const name of ["late", "never"]) await t.step(`it is ${name} here`, run);',
    '// Deno.test("in a comment", () => {});',
    ' * scenario("in another", run);',
    'assertEquals(said, "said only");',
    'const each = { name: "of a case" };',
  ].join("\n");
  for (const name of ["plain", "on a line of its own", "it is never here", "of a case"]) {
    assert(namesTest(text, name), name);
  }
  const absent = ["plai", "it is soon here", "it is ${name} here", "it is  here", "in a comment"];
  for (const name of [...absent, "in another", "said only", "late", ""]) {
    assert(!namesTest(text, name), name);
  }
});

/** Whether the runner takes a file for tests, or one beside it does that imports it. */
function runs(file: string): boolean {
  if (file.endsWith(".test.ts")) return true;
  const directory = dirname(ROOT + file);
  const what = `from "./${file.slice(file.lastIndexOf("/") + 1)}"`;
  return [...Deno.readDirSync(directory)].some(({ name }) =>
    name.endsWith(".test.ts") && Deno.readTextFileSync(`${directory}/${name}`).includes(what)
  );
}
