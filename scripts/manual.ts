import { fromFileUrl } from "@std/path";
import { shown } from "../lib/cli/command.ts";
import { bashCompletion } from "../lib/cli/completion/bash.ts";
import { fishCompletion } from "../lib/cli/completion/fish.ts";
import { zshCompletion } from "../lib/cli/completion/zsh.ts";
import { commandPage, pageName, programPage } from "../lib/cli/man.ts";
import { COMMANDS } from "../lib/commands/commands.ts";

/** Where to; `dist` unless it is told. */
const TO = Deno.args[0] ?? fromFileUrl(new URL("../dist", import.meta.url));

/** Writes a directory anew. */
function write(directory: string, files: Readonly<Record<string, string>>): void {
  const path = `${TO}/${directory}`;
  Deno.mkdirSync(path, { recursive: true });
  for (const { name } of Deno.readDirSync(path)) Deno.removeSync(`${path}/${name}`);
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${path}/${name}`, text);
}

write("man/man1", {
  "quota-sentry.1": programPage(COMMANDS),
  ...Object.fromEntries(
    shown(COMMANDS).map((command) => [`${pageName(command.name)}.1`, commandPage(command)]),
  ),
});
// By the names that the shells look for.
write("completions", {
  "quota-sentry": bashCompletion(COMMANDS),
  "_quota-sentry": zshCompletion(COMMANDS),
  "quota-sentry.fish": fishCompletion(COMMANDS),
});
