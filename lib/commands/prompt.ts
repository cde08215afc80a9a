import type { Invocation } from "../cli/command.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { printPrompt } from "./print_prompt.ts";

/** `prompt` with options; without any it is drawn by a shorter way, in `command_line.ts`. */
export async function prompt({ options }: Invocation): Promise<number> {
  return await printPrompt({ stateDir: namedStateDirectory(options) });
}
