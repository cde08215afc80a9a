import { join } from "@std/path";
import { removeElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { delay } from "../process/delay.ts";
import { STATE_FILES } from "../state/files.ts";
import { isDaemonAlive } from "../state/daemon_lock.ts";

/** A daemon ends within 0.1 s, and gives up a poll that is under way. */
const STOP_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Asks the daemon of a state directory to end and waits until it has.
 *
 * @returns `not-running`, `stopped`, or `timeout` when it holds its lock still.
 * @throws {ElsewhereError} When the request cannot be written.
 */
export async function stopDaemon(
  directory: string,
): Promise<"not-running" | "stopped" | "timeout"> {
  if (!isDaemonAlive(directory)) return "not-running";
  const request = join(directory, STATE_FILES.stop);
  await writeElsewhere(request, "", 0o600);
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (isDaemonAlive(directory)) {
    if (performance.now() >= deadline) return "timeout";
    await delay(LOOK_EVERY_MS);
  }
  // A daemon that was killed meanwhile has not taken it away, and the next one should not find it.
  await removeElsewhere(request);
  return "stopped";
}
