import type { Invocation } from "../cli/command.ts";
import { bashCompletion } from "../cli/completion/bash.ts";
import { fishCompletion } from "../cli/completion/fish.ts";
import { zshCompletion } from "../cli/completion/zsh.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `completion`: prints a script that has a shell complete our commands. */
export function completion({ words, commands, command }: Invocation): Promise<number> {
  const [shell, ...rest] = words;
  if (shell === undefined || !Object.hasOwn(SCRIPTS, shell) || rest.length > 0) {
    printError(`completion takes: ${command.takesWords}`);
    return Promise.resolve(EXIT.usage);
  }
  print(SCRIPTS[shell as keyof typeof SCRIPTS](commands));
  return Promise.resolve(EXIT.ok);
}
