import { spawn, SpawnError } from "./spawn.ts";

/**
 * Kills a child that was started detached, and so leads a process group, with whatever else is in that
 * group. Needs permission to run `kill`.
 */
export async function killGroup(child: Deno.ChildProcess): Promise<void> {
  try {
    await spawn("kill", { args: ["-KILL", "--", `-${child.pid}`] }).status;
  } catch (error) {
    if (!(error instanceof SpawnError)) throw error;
    // A machine without `kill`: the child itself can be killed all the same.
  }
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}
