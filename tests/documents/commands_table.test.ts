import { assertEquals } from "@std/assert";
import { shown } from "../../lib/cli/command.ts";
import { shownOptions, synopsis } from "../../lib/cli/help.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { standingTable, tableOf } from "./table.ts";

const DOCUMENT = new URL("../../docs/commands.md", import.meta.url);

/** An option that more commands have is one of most. */
const MOST = 8;

const commands = shown(COMMANDS);

Deno.test("docs/commands.md: the commands are those that there are; renew it with UPDATE_SETTINGS=1", () => {
  const table = tableOf([
    ["command", "what it does"],
    ...commands.map(({ name, takesWords, summary }) => [
      `\`${takesWords ? `${name} ${takesWords}` : name}\``,
      summary,
    ]),
  ]);
  assertEquals(standingTable(DOCUMENT, "command", table), table);
});

Deno.test("docs/commands.md: the options are those that there are; renew it with UPDATE_SETTINGS=1", () => {
  const all = commands.flatMap((command) =>
    shownOptions(command).map((spec) => ({ spec, name: command.name }))
  );
  const rows = Map.groupBy(all, ({ spec }) => spec);
  const table = tableOf([
    ["option", "with", "what it does"],
    ...[...rows].map(([spec, those]) => [
      `\`${synopsis(spec)}\``,
      those.length > MOST ? "most" : those.map(({ name }) => `\`${name}\``).join(", "),
      spec.help,
    ]),
  ]);
  assertEquals(standingTable(DOCUMENT, "option", table), table);
});
