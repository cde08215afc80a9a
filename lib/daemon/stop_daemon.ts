import { removeElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { smallText } from "../files/small_text.ts";
import { delay } from "../process/delay.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/** A daemon ends within 0.1 s, and gives up a poll that is under way. */
const STOP_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** A request that is gone, though the daemon is not, is made again after this time. */
const ASK_AGAIN_MS = 1_000;

/** One that is ending has no pid there, for a second at the most; one that has none for longer is asked. */
const NO_PID_MS = 3_000;

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
  const begunAt = performance.now();
  let asked: { text: string; at: number } | undefined;
  while (directory.isDaemonAlive()) {
    const waitedMs = performance.now() - begunAt;
    if (waitedMs >= STOP_TIMEOUT_MS) {
      // Whoever goes on with that one is not to lose it later.
      if (which === "this" && asked) await withdraw(request, asked.text);
      return "timeout";
    }
    const pid = directory.daemonPid();
    const text = which === "any" || pid === undefined ? "" : `${pid}\n`;
    if (which === "this" && asked && pid !== undefined && asked.text !== text) break;
    // What names nobody may meet the next one.
    const isNew = !asked && (which === "any" || pid !== undefined || waitedMs >= NO_PID_MS);
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
  if (asked) await withdraw(request, asked.text);
  return "stopped";
}

/** Takes a request away, unless it is somebody else's. */
async function withdraw(request: string, text: string): Promise<void> {
  if (smallText(request) === text) await removeElsewhere(request);
}
