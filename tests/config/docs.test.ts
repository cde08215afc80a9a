import { assertEquals, assertGreater } from "@std/assert";
import { optionSpec, SETTING_OPTIONS } from "../../lib/cli/options.ts";
import { defaultWords, OF_WINDOW, SETTINGS, takesWords } from "../../lib/config/table.ts";

const README = new URL("../../README.md", import.meta.url);
const POLICY = new URL("../../docs/policy.md", import.meta.url);

/** The table of settings as `deno fmt` writes it; windows have one of their own. */
function settingsTable(): string {
  const rows = [
    ["setting", "takes", "default", "what it does"],
    ...Object.entries(OF_WINDOW).map(([name, row]) => [
      `\`windows.CLASS.${name}\``,
      takesWords(row),
      "see above",
      row.help,
    ]),
    ...Object.entries(SETTINGS).filter(([key]) => !key.startsWith("windows."))
      .map(([key, row]) => [`\`${key}\``, takesWords(row), defaultWords(row), row.help]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  rows.splice(1, 0, widths.map((width) => "-".repeat(width)));
  const padded = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)));
  return padded.map((row) => `| ${row.join(" | ")} |\n`).join("");
}

Deno.test("docs/policy.md: the settings are as their table has them; renew it with UPDATE_SETTINGS=1", () => {
  const text = Deno.readTextFileSync(POLICY);
  const [standing = ""] = /(^\| setting .*\n)(^\|.*\n)+/m.exec(text) ?? [];
  if (Deno.env.get("UPDATE_SETTINGS")) {
    Deno.writeTextFileSync(POLICY, text.replace(standing, () => settingsTable()));
  } else {
    assertEquals(standing, settingsTable());
  }
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

for (const name of SETTING_OPTIONS) {
  Deno.test(`README: --${name} has the default that the table of settings has`, () => {
    const row = Object.values(SETTINGS).find(({ flag }) => flag === name)!;
    const start = `| \`--${name} ${optionSpec(name).placeholder}\` `;
    const line = Deno.readTextFileSync(README).split("\n").find((each) => each.startsWith(start));
    assertEquals(line?.split(" | ")[1]?.replace(/ *\|$/, ""), `${defaultWords(row)}; ${row.help}`);
  });
}
