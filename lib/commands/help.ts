import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { commandHelp, programHelp } from "../cli/help.ts";
import { print, printError } from "../cli/output.ts";
import { unknownCommand } from "../cli/parse.ts";

/** `help`: the manual of the program, or of the command that is named. */
export function help({ words, commands }: Invocation): Promise<number> {
  const [name] = words;
  const command = commands.find((each) => each.name === name);
  if (name !== undefined && command === undefined) {
    printError(unknownCommand(commands, name));
    return Promise.resolve(EXIT.usage);
  }
  print(command ? commandHelp(command) : programHelp(commands));
  return Promise.resolve(EXIT.ok);
}
