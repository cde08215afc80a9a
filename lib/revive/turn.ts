import type { Death } from "../harness/death.ts";
import type { Clock } from "../process/clock.ts";
import { type Circumstances, judge } from "./judge.ts";

/** A wait that is not longer than this is waited for at once, in milliseconds: the next one's turn. */
const SHORT_WAIT_MS = 30_000;

/**
 * Waits for the turn of a session that died, where that is soon.
 *
 * @param circumstances Tells how things are now.
 * @returns Why its turn does not come now; undefined where it has come.
 */
export async function awaitTurn(
  death: Death,
  circumstances: () => Promise<Circumstances>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<string | undefined> {
  while (!signal?.aborted) {
    const now = await circumstances();
    const fate = judge(death, now);
    if (fate.kind === "ready") return undefined;
    const until = fate.kind === "wait" ? fate.until : undefined;
    const ms = until ? until.getTime() - now.now.getTime() : Infinity;
    if (ms > SHORT_WAIT_MS) return fate.why;
    await clock.delay(Math.max(1, ms), signal);
  }
  return "this process is to end";
}
