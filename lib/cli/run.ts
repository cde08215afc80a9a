import { takeInput } from "../guard/input.ts";
import { dropWritePermission } from "../process/permissions.ts";
import { VERSION } from "../process/version.ts";
import type { Invocation } from "./commands.ts";
import { EXIT } from "./exit_codes.ts";
import { helpText } from "./help.ts";
import { print, printError } from "./output.ts";
import { parseCommandLine } from "./parse.ts";

/** Runs the command line and returns the exit code, which is never 2. */
export async function run(args: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(args);
  if (parsed.kind !== "command" || !parsed.command.writes) dropWritePermission();
  if (parsed.kind !== "command" && isQuietStart(args)) {
    await takeInput().ended();
    return EXIT.ok;
  }
  switch (parsed.kind) {
    case "help":
      print(helpText(parsed.command));
      return EXIT.ok;
    case "version":
      print(`quota-sentry ${VERSION}\n`);
      return EXIT.ok;
    case "error":
      printError(parsed.message);
      return EXIT.usage;
    case "command":
      return await runCommand(parsed);
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
    printError(error instanceof Error ? error.message : String(error));
    return EXIT.failed;
  }
}
