import { assertEquals, assertGreater } from "@std/assert";
import { defaultWords, OF_WINDOW, SETTINGS, takesWords } from "../../lib/config/table.ts";
import { standingTable, tableOf } from "../documents/table.ts";

const POLICY = new URL("../../docs/policy.md", import.meta.url);

Deno.test("docs/policy.md: the settings are as their table has them; renew it with UPDATE_SETTINGS=1", () => {
  // Windows have a table of their own.
  const table = tableOf([
    ["setting", "takes", "default", "what it does"],
    ...Object.entries(OF_WINDOW).map(([name, row]) => [
      `\`windows.CLASS.${name}\``,
      takesWords(row),
      "see above",
      row.help,
    ]),
    ...Object.entries(SETTINGS).filter(([key]) => !key.startsWith("windows."))
      .map(([key, row]) => [`\`${key}\``, takesWords(row), defaultWords(row), row.help]),
  ]);
  assertEquals(standingTable(POLICY, "setting", table), table);
});

Deno.test("docs/policy.md: each class of windows has the default that their table has", () => {
  const [text = ""] = Deno.readTextFileSync(POLICY).split("\n## ");
  const rows = [...text.matchAll(/^\| `(windows\.\w+|account)`.*\| (.+?) +\|$/gm)];
  assertGreater(rows.length, 5);
  for (const [, name, words] of rows) {
    const mode = SETTINGS[`${name}.mode`] ?? SETTINGS[name!]!;
    const threshold = SETTINGS[`${name}.thresholdPercent`];
    const isOff = mode.default === "off" || threshold === undefined;
    const expected = isOff ? mode.default : `${mode.default} at ${defaultWords(threshold)}`;
    assertEquals(words, expected, name);
  }
});
