import { runBounded } from "../../process/run_bounded.ts";

/** It takes half a second, on a busy machine several. */
const BOUNDS = { deadlineMs: 10_000, maxBytes: 64 * 1024 };

/** The version of the Claude Code that is on PATH; undefined where there is none, or it does not tell. */
export async function claudeVersion(): Promise<string | undefined> {
  const run = await runBounded("claude", ["--version"], BOUNDS);
  if (run.kind !== "exited" || run.code !== 0) return undefined;
  return /^\d+\.\d+\.\d+/.exec(run.stdout.trim())?.[0];
}
