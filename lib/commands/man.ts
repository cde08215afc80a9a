import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { commandPage, programPage } from "../cli/man.ts";
import { print, printError } from "../cli/output.ts";
import { unknownCommand } from "../cli/parse.ts";

/** `man`: prints a manual page in roff, of the program or of the command that is named. */
export function man({ words, commands }: Invocation): Promise<number> {
  const [name] = words;
  const command = commands.find((each) => each.name === name && !each.hidden);
  if (name !== undefined && command === undefined) {
    printError(unknownCommand(commands, name));
    return Promise.resolve(EXIT.usage);
  }
  print(command ? commandPage(command) : programPage(commands));
  return Promise.resolve(EXIT.ok);
}
