import type { Death } from "../harness/death.ts";
import type { Clock } from "../process/clock.ts";
import { type Circumstances, judge } from "./judge.ts";

/** How often to look where it cannot be said when a turn comes, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** How to wait for a turn. */
export interface Patience {
  readonly clock: Clock;
  /** The longest wait, in milliseconds. */
  readonly patienceMs: number;
  /** Whether to wait also where it cannot be said for how long. */
  readonly isOpenEnded: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Waits for the turn of a session that died.
 *
 * @param circumstances Tells how things are now.
 * @returns Why its turn does not come in that time; undefined where it has come.
 */
export async function awaitTurn(
  death: Death,
  circumstances: () => Promise<Circumstances>,
  { clock, patienceMs, isOpenEnded, signal }: Patience,
): Promise<string | undefined> {
  const deadline = clock.monotonicMs() + patienceMs;
  while (!signal?.aborted) {
    const now = await circumstances();
    const fate = judge(death, now);
    if (fate.kind === "ready") return undefined;
    if (fate.kind === "tell" || (fate.until === undefined && !isOpenEnded)) return fate.why;
    const ms = fate.until ? fate.until.getTime() - now.now.getTime() : LOOK_EVERY_MS;
    if (clock.monotonicMs() + ms > deadline) return fate.why;
    await clock.delay(Math.max(1, ms), signal);
  }
  return "this process is to end";
}
