import { linkAt } from "./link_at.ts";
import { runBounded } from "./run_bounded.ts";

/** What `kill -0` may take. */
const KILL_BOUNDS = { deadlineMs: 2_000, maxBytes: 1024 };

/**
 * True while a process runs that we may look at; a zombie does not. Needs read permission on Linux, and
 * to run `kill` elsewhere.
 */
export async function isRunning(pid: number): Promise<boolean> {
  // A zombie has no directory.
  if (Deno.build.os === "linux") return linkAt(`/proc/${pid}/cwd`) !== undefined;
  const run = await runBounded("kill", ["-0", String(pid)], KILL_BOUNDS);
  return run.kind === "exited" && run.code === 0;
}
