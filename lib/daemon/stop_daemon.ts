import { removeElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { smallText } from "../files/small_text.ts";
import { delay } from "../process/delay.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/** A daemon ends within 0.1 s, and gives up a poll that is under way. */
const STOP_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** A request that is gone, though the daemon is not, is made again after this time. */
const ASK_AGAIN_MS = 1_000;

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
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  let asked: { text: string; at: number } | undefined;
  while (directory.isDaemonAlive()) {
    if (performance.now() >= deadline) return "timeout";
    const pid = directory.daemonPid();
    const text = which === "any" ? "" : `${pid}\n`;
    if (which === "this" && asked && pid !== undefined && asked.text !== text) break;
    // One that is ending has no pid there any more: what is asked for without one would meet the next.
    const isNew = !asked && (which === "any" || pid !== undefined);
    // One that begins takes away what it finds, and somebody else may have asked for another one's end.
    const isLost = which === "any" && asked && performance.now() >= asked.at + ASK_AGAIN_MS &&
      smallText(request) !== text;
    if (isNew || isLost) {
      await writeElsewhere(request, text, 0o600);
      asked = { text, at: performance.now() };
    }
    await delay(LOOK_EVERY_MS);
  }
  // A daemon that was killed meanwhile has not taken it away, and the next one should not find it.
  if (asked && smallText(request) === asked.text) await removeElsewhere(request);
  return "stopped";
}
