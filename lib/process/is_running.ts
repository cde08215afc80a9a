import { linkOf } from "./processes.ts";
import { runBounded } from "./run_bounded.ts";
import { SYSTEM, type System } from "./system.ts";

/** What `kill -0` may take. */
const KILL_BOUNDS = { deadlineMs: 2_000, maxBytes: 1024 };

/**
 * True while a process runs that we may look at. A zombie does not where there is a `/proc`. Needs read
 * permission there, and to run `kill` elsewhere.
 */
export async function isRunning(pid: number, system: System = SYSTEM): Promise<boolean> {
  // A zombie has no directory.
  if (system.proc !== undefined) return linkOf(pid, "cwd", system) !== undefined;
  const run = await runBounded("kill", ["-0", String(pid)], KILL_BOUNDS);
  return run.kind === "exited" && run.code === 0;
}
