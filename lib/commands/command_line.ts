import { dropWritePermission } from "../process/permissions.ts";

/** Runs a command line and returns the exit code. */
export async function commandLine(args: readonly string[]): Promise<number> {
  // A prompt is drawn again and again, so it does without what reads options.
  if (args.length === 1 && args[0] === "prompt") {
    dropWritePermission();
    const [{ printPrompt }, { callerOf }] = await Promise.all([
      import("./print_prompt.ts"),
      import("../harness/callers.ts"),
    ]);
    return await printPrompt({ home: (await callerOf())?.ownHome() });
  }
  // No command for people: what one process of ours has another one do.
  if (args[0] === "files") return await (await import("./files.ts")).files(args.slice(1));
  const [{ run }, { COMMANDS }] = await Promise.all([
    import("../cli/run.ts"),
    import("./commands.ts"),
  ]);
  return await run(COMMANDS, args);
}
