import type { Words } from "../cli/command.ts";
import { type Row, SETTINGS } from "../config/table.ts";

/** What `config` takes, for completion. */
export const CONFIG_WORDS: Words = {
  list: { help: "every setting and its value" },
  get: { help: "one value", next: settings(() => ({})) },
  set: { help: "change a setting", next: settings((row) => ({ next: valuesOf(row) })) },
  unset: { help: "take a setting back", next: settings(() => ({})) },
  path: { help: "where the settings are" },
  check: { help: "whether the settings are fine" },
  schema: { help: "the JSON Schema of the file" },
};

/** All settings by name, each with what may follow. */
function settings(rest: (row: Row) => { next?: Words }): Words {
  const rows = Object.entries(SETTINGS);
  return Object.fromEntries(rows.map(([key, row]) => [key, { help: row.help, ...rest(row) }]));
}

function valuesOf(row: Row): Words {
  const words = "words" in row ? row.words : row.kind === "yesNo" ? ["true", "false"] : [];
  return Object.fromEntries(words.map((word) => [word, {}]));
}
