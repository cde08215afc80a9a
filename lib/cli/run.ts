import { takeInput } from "../guard/input.ts";
import { dropWritePermission } from "../process/permissions.ts";
import { SYSTEM, type System } from "../process/system.ts";
import { messageOf } from "../text/message_of.ts";
import type { Command, Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { commandHelp, programHelp, versionLine } from "./help.ts";
import { print, printError } from "./output.ts";
import { parseCommandLine } from "./parse.ts";

/** Runs a command line of these commands and returns the exit code, which is never 2. */
export async function run(
  commands: readonly Command[],
  args: readonly string[],
  { obstacle }: System = SYSTEM,
): Promise<number> {
  const parsed = parseCommandLine(commands, args);
  if (parsed.kind !== "command" || !parsed.command.writes) dropWritePermission();
  if (parsed.kind !== "command" && isQuietStart(args)) {
    await takeInput().ended();
    return EXIT.ok;
  }
  switch (parsed.kind) {
    case "help":
      print(parsed.command ? commandHelp(parsed.command) : programHelp(commands));
      return EXIT.ok;
    case "version":
      print(versionLine());
      return EXIT.ok;
    case "error":
      printError(parsed.message);
      return EXIT.usage;
    case "command":
      // A hook says nothing, and a program hears what version this is.
      if (obstacle === undefined || parsed.command.name === "version") {
        return await runCommand(parsed);
      }
      if (!isQuietStart(args)) printError(obstacle);
      return isQuietStart(args) ? EXIT.ok : EXIT.failed;
  }
}

/** A hook at a session's start: whatever its arguments are, the session is not to hear of them. */
function isQuietStart([command, ...args]: readonly string[]): boolean {
  return command === "start" && args.includes("--quiet");
}

async function runCommand(parsed: Invocation): Promise<number> {
  try {
    const handler = await parsed.command.load();
    return await handler(parsed);
  } catch (error) {
    printError(messageOf(error));
    return EXIT.failed;
  }
}
