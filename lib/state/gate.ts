import { join } from "@std/path";
import { daemonPid, isDaemonAlive } from "../daemon/liveness.ts";
import { replaceFile } from "../files/replace_file.ts";
import { STATE_FILES } from "./files.ts";

/**
 * Opens the gate: a file that says, in a form that a POSIX shell can test without starting anything,
 * that nobody is to be held. It holds the state's status, and the daemon's pid where one lives.
 *
 * It may be missing, old or broken at any time: then a hook starts the program, which looks at the
 * state itself. So it is written after an open state, and removed before a blocked one. Needs write
 * permission.
 *
 * @throws When it cannot be written.
 */
export async function openGate(directory: string, status: "open" | "unknown"): Promise<void> {
  const pid = isDaemonAlive(directory) ? daemonPid(directory) : undefined;
  const text = pid === undefined ? status : `${status} ${pid}`;
  await replaceFile(join(directory, STATE_FILES.gate), `${text}\n`, 0o600);
}

/**
 * Closes the gate: hooks start the program again.
 *
 * @throws When it is there and cannot be removed.
 */
export async function closeGate(directory: string): Promise<void> {
  try {
    await Deno.remove(join(directory, STATE_FILES.gate));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
