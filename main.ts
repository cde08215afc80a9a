import { parseGuardArguments } from "./lib/guard/arguments.ts";
import { denialText } from "./lib/hooks/codex/denial.ts";
import { dropWritePermission } from "./lib/process/permissions.ts";

// Agents call the guard with every tool, so it comes first and loads nothing that it does not need.
if (Deno.args[0] === "guard") await runGuard(Deno.args.slice(1));
else Deno.exit(await runCommandLine());

async function runGuard(args: string[]): Promise<void> {
  dropWritePermission();
  const options = parseGuardArguments(args);
  const isForPeople = options?.verbose || args.includes("--help") || args.includes("--version");
  try {
    if (isForPeople || (!options && Deno.stderr.isTerminal())) await runCommandLine();
    if (!isForPeople) {
      const { guard } = await import("./lib/guard/guard.ts");
      const { denial, answer } = await guard(options, lastReading);
      const text = denial === undefined ? answer : denialText(denial);
      if (text !== undefined) Deno.stdout.writeSync(new TextEncoder().encode(text));
    }
  } catch {
    // Whatever it was, it must not stop or disturb the agent.
  }
  Deno.exit(0);
}

/** Asked only near the wall, so it is loaded only there. */
async function lastReading(path: string) {
  const sessions = await import("./lib/sources/sessions/last_reading.ts");
  return await sessions.lastReading(path, new Date());
}

async function runCommandLine(): Promise<number> {
  const { run } = await import("./lib/cli/run.ts");
  return await run(Deno.args);
}
