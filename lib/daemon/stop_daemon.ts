import { existsSync } from "@std/fs/exists";
import { removeElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { delay } from "../process/delay.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/** A daemon ends within 0.1 s, and gives up a poll that is under way. */
const STOP_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Asks the daemon of a state directory to end and waits until it has.
 *
 * @param which `any`: one that somebody starts in its place meanwhile is asked, too.
 * @returns `not-running`, `stopped`, or `timeout` when it holds its lock still.
 * @throws {ElsewhereError} When the request cannot be written.
 */
export async function stopDaemon(
  directory: StateDirectory,
  which: "this" | "any" = "any",
): Promise<"not-running" | "stopped" | "timeout"> {
  if (!directory.isDaemonAlive()) return "not-running";
  const request = directory.file("stop");
  let asked = directory.daemonPid();
  const whom = which === "this" && asked !== undefined ? `${asked}\n` : "";
  await writeElsewhere(request, whom, 0o600);
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (directory.isDaemonAlive()) {
    if (performance.now() >= deadline) return "timeout";
    await delay(LOOK_EVERY_MS);
    // One that somebody has started in its place has taken the request away.
    const pid = directory.daemonPid();
    if (pid === undefined || pid === asked) continue;
    if (which === "this") break;
    asked = pid;
    await writeElsewhere(request, "", 0o600);
  }
  // A daemon that was killed meanwhile has not taken it away, and the next one should not find it.
  if (existsSync(request)) await removeElsewhere(request);
  return "stopped";
}
