import { isLocked } from "../files/lock.ts";
import { STATE_FILES } from "./files.ts";

/**
 * True while a daemon holds the lock of this state directory. Needs read permission. It is on the
 * hooks' hot path.
 */
export function isDaemonAlive(directory: string): boolean {
  return isLocked(`${directory}/${STATE_FILES.daemonLock}`);
}

/** The pid that the daemon wrote down; meaningful while it is alive. */
export function daemonPid(directory: string): number | undefined {
  try {
    const text = Deno.readTextFileSync(`${directory}/${STATE_FILES.pid}`).trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
