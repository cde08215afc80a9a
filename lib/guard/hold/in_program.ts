import { SHARED } from "../../config/shared.ts";
import { CLOCK, type Clock } from "../../process/clock.ts";
import { staggerOf } from "../../state/queue.ts";
import { readQuota } from "../calls.ts";
import { look } from "../look.ts";
import type { Outcome } from "../verdict.ts";
import { type Hold, stepHold } from "./hold.ts";
import { leavePlace } from "./place.ts";
import { endOf, type Holder, wishOf } from "./told.ts";

/** A held guard looks at the state this often, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A held guard without a daemon reads the quota this often, where its options do not say. */
export const DEFAULT_RECHECK_SECONDS: number = SHARED.intervalSeconds.default;

/**
 * Waits in this process until the hold ends, or the caller has.
 *
 * @param place The place that it has in the queue; undefined where there was none to be had.
 * @param read Reads the quota, while nobody else does.
 */
export async function waitHere(
  hold: Hold,
  place: number | undefined,
  holder: Holder,
  clock: Clock = CLOCK,
  read: typeof readQuota = readQuota,
): Promise<Outcome> {
  const { options, directory, parent } = holder;
  const recheckMs = (options.intervalSeconds ?? DEFAULT_RECHECK_SECONDS) * 1000;
  const isParentGone = () => Deno.ppid !== parent;
  const isPaused = () => directory.pausedUntil(clock.now()) !== undefined;
  let current = hold;
  let readAt = clock.monotonicMs();
  let hasTurn = false;
  for (;;) {
    const now = look(directory, options);
    const step = stepHold(current, {
      ...now,
      isPaused: isPaused(),
      isParentGone: isParentGone(),
      wish: wishOf(current, holder),
    });
    if (step.kind !== "hold") {
      if (step.kind === "release" && step.isReset && !hasTurn) {
        const staggerMs = staggerOf(place, Deno.pid, current.staggerSeconds);
        const isOver = () => isParentGone() || isPaused() || wishOf(hold, holder) === "release";
        await waitForTurn(staggerMs, isOver, clock);
        // The quota may be spent again.
        hasTurn = true;
        continue;
      }
      const outcome = endOf(current, step, holder);
      await leavePlace(holder, place, outcome.text);
      return outcome;
    }
    current = step.hold;
    hasTurn = false;
    // Without a daemon nobody else would notice an early reset.
    if (
      !options.stateOnly && !now.isDaemonAlive && clock.monotonicMs() - readAt >= recheckMs
    ) {
      readAt = clock.monotonicMs();
      void read(options, directory, recheckMs / 1000);
    }
    const end = current.bound ? Math.min(+current.bound, +current.until) : +current.until;
    await sleep(end - clock.now().getTime(), clock);
  }
}

/** Agents that were held together start again one after the other, in order of arrival. */
async function waitForTurn(ms: number, isOver: () => boolean, clock: Clock): Promise<void> {
  // Not by the wall clock: one that is set back must not make anybody wait longer.
  const turn = clock.monotonicMs() + ms;
  while (clock.monotonicMs() < turn && !isOver()) await sleep(turn - clock.monotonicMs(), clock);
}

/** Sleeps to the next look, or for some milliseconds if that is less. */
function sleep(ms: number, clock: Clock): Promise<void> {
  // Bounded from below as well: a clock that moves meanwhile must not make this spin.
  return clock.delay(Math.min(LOOK_EVERY_MS, Math.max(ms, 1)));
}
