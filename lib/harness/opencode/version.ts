import { runBounded } from "../../process/run_bounded.ts";

/** It takes a second, on a busy machine several. */
const BOUNDS = { deadlineMs: 10_000, maxBytes: 64 * 1024 };

/** The version of the OpenCode that is on PATH; undefined where there is none, or it does not tell. */
export async function openCodeVersion(): Promise<string | undefined> {
  const run = await runBounded("opencode", ["--version"], BOUNDS);
  if (run.kind !== "exited" || run.code !== 0) return undefined;
  return /^\d+\.\d+\.\d+/.exec(run.stdout.trim())?.[0];
}
