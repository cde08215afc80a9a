import { join } from "@std/path";
import { daemonPid, isDaemonAlive } from "./daemon_lock.ts";
import { replaceFileAtOnce } from "../files/replace_file.ts";
import { STATE_FILES } from "./files.ts";

/**
 * Opens the gate: a file that says, in a form that a POSIX shell can test without starting anything,
 * that nobody is to be held. It holds the state's status, or `near` where a session that is about to ask
 * the model had better look into its own file first, and the daemon's pid where one lives. Its
 * modification time is the instant until which it may be believed.
 *
 * It may be missing, old or broken at any time: then a hook starts the program, which looks at the
 * state itself. So it is written after an open state, and removed before a blocked one. Needs write
 * permission.
 *
 * @param until When the reading that it stands for is stale.
 * @throws When it cannot be written.
 */
export function openGate(directory: string, word: "open" | "near" | "unknown", until: Date): void {
  const pid = isDaemonAlive(directory) ? daemonPid(directory) : undefined;
  const text = pid === undefined ? word : `${word} ${pid}`;
  replaceFileAtOnce(join(directory, STATE_FILES.gate), `${text}\n`, 0o600, until);
}

/**
 * Closes the gate: hooks start the program again. One call, since a session may be about to look.
 *
 * @throws When it is there and cannot be removed.
 */
export function closeGate(directory: string): void {
  try {
    Deno.removeSync(join(directory, STATE_FILES.gate));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
