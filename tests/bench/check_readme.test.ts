import { assertEquals } from "@std/assert";
import { mismatches } from "../../scripts/bench/check_readme.ts";
import { add, allRows, rowLine } from "../../scripts/bench/rows.ts";

const HEADING = "## What it costs";

Deno.test("check-readme: rows by name and unit, and ratios, but not what a machine is", () => {
  add("reference: a shell", "ms", [2, 2, 2]);
  add("a hook", "ms", [4, 4, 4], { reference: "reference: a shell" });
  add("a hook", "MB", [7]);
  const [shell, hook, memory] = allRows().map(rowLine);
  const readme = (...lines: string[]) =>
    [
      "# X",
      HEADING,
      "On a machine.",
      "",
      "| what | median | min | max | |",
      "| - |",
      ...lines,
      "",
      "## More",
      "| other | 1 ms | | | |",
    ].join("\n");
  const check = (...lines: string[]) => mismatches(readme(...lines), HEADING, allRows());
  assertEquals(check(shell!, hook!, memory!), []);
  assertEquals(check(shell!.replace("2.0", "9.0"), hook!, memory!.replaceAll("7", "8")), []);
  assertEquals(check(shell!, hook!), ["not in the table: a hook (MB)"]);
  assertEquals(check(shell!, hook!, memory!, "| gone | 1 ms | 1 | 1 | |"), [
    "no longer measured: gone (ms)",
  ]);
  assertEquals(check(shell!, hook!.replace("2.00 ×", "5.00 ×"), memory!), [
    "a hook (ms): 2 × its reference now, 5 in the table",
  ]);
  assertEquals(mismatches("# X\n", HEADING, allRows()).length, 3);
});
