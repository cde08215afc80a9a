import { assertEquals } from "@std/assert";
import { profilesIn } from "../../../../lib/harness/codex/hooks/profiles.ts";

const CASES: [string, [string, string][], string, Record<string, boolean>][] = [
  ["none", [], 'model = "m"\n\n[features]\nhooks = false\n', {}],
  ["a file", [["night", "[features]\nhooks = false\n"]], "", { night: true }],
  ["a file with the old key", [["night", "[features]\n  codex_hooks=false\n"]], "", {
    night: true,
  }],
  ["a dotted key", [["night", "features.hooks = false # quiet\n"]], "", { night: true }],
  ["a file that leaves them on", [["day", "[features]\nhooks = true\n"]], "", { day: false }],
  ["a comment", [["day", "# hooks = false\n"]], "", { day: false }],
  [
    "tables",
    [],
    '[profiles.day]\nmodel = "m"\n[profiles."at night"]\n[profiles."at night".features]\nhooks = false\n[features]\nhooks = true\n',
    { day: false, "at night": true },
  ],
  ["a file and a table", [["a", ""]], "[profiles.a.features]\nhooks = false\n", { a: true }],
];
for (const [name, files, config, expected] of CASES) {
  Deno.test(`profiles: ${name}`, () => {
    const found = profilesIn(files, config).map(({ name, isHookless }) => [name, isHookless]);
    assertEquals(Object.fromEntries(found), expected);
  });
}
