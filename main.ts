import { parseGuardArguments } from "./lib/guard/arguments.ts";
import { dropWritePermission } from "./lib/process/permissions.ts";

// Agents call the guard with every tool, so it comes first and loads nothing that it does not need.
if (Deno.args[0] === "guard") await runGuard(Deno.args.slice(1));
else Deno.exit(await runCommandLine());

async function runGuard(args: string[]): Promise<void> {
  dropWritePermission();
  const { options, wrong } = parseGuardArguments(args);
  const isHelp = args.includes("--help") || args.includes("--version");
  const isForPeople = isHelp || (options.verbose && !wrong);
  try {
    // It says what is wrong, to whom reads it; what is right counts all the same.
    const isRead = options.verbose || Deno.stderr.isTerminal();
    if (isForPeople || (wrong && isRead)) await runCommandLine();
    if (!isForPeople) {
      const { guard } = await import("./lib/guard/guard.ts");
      // The harness that calls is asked seldom, so it is loaded only then.
      const caller = async () =>
        (await import("./lib/harness/callers.ts")).callerOf(options.provider);
      const { denial, answer } = await guard(options, caller);
      const text = denial === undefined ? answer : (await caller())?.denialText(denial, options.on);
      if (text !== undefined) Deno.stdout.writeSync(new TextEncoder().encode(text));
    }
  } catch {
    // Whatever it was, it must not stop or disturb the agent.
  }
  Deno.exit(0);
}

async function runCommandLine(): Promise<number> {
  const { commandLine } = await import("./lib/commands/command_line.ts");
  return await commandLine(Deno.args);
}
