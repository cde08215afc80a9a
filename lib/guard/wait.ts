import { SHARED } from "../config/shared.ts";
import { pausedUntil } from "../state/pause.ts";
import { readQuota } from "./calls.ts";
import { type Hold, stepHold } from "./hold.ts";
import type { Holder } from "./holder.ts";
import { look } from "./look.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { takePlace } from "../state/queue.ts";
import { record } from "./record.ts";
import { atBound } from "./verdict.ts";

/** A held guard looks at the state this often, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A held guard without a daemon reads the quota this often, where its options do not say. */
export const DEFAULT_RECHECK_SECONDS = SHARED.intervalSeconds.default;

/** Waits in this process until the hold ends, or the caller has. */
export async function waitHere(hold: Hold, holder: Holder): Promise<Outcome> {
  const { options, directory, parent } = holder;
  const ahead = takePlace(directory);
  const recheckMs = (options.intervalSeconds ?? DEFAULT_RECHECK_SECONDS) * 1000;
  const isParentGone = () => Deno.ppid !== parent;
  let current = hold;
  let readAt = Date.now();
  for (;;) {
    const now = look(directory, options);
    const isPaused = pausedUntil(directory, now.now) !== undefined;
    const step = stepHold(current, { ...now, isPaused, isParentGone: isParentGone() });
    if (step.kind !== "hold") {
      if (step.kind === "release" && step.isReset) {
        const isOver = () => isParentGone() || pausedUntil(directory, new Date()) !== undefined;
        await waitForTurn(ahead * current.staggerSeconds, isOver);
      }
      return await endHold(current, step, holder);
    }
    current = step.hold;
    // Without a daemon nobody else would notice an early reset.
    if (!options.stateOnly && !now.isDaemonAlive && Date.now() - readAt >= recheckMs) {
      readAt = Date.now();
      void readQuota(options, directory, recheckMs / 1000);
    }
    const end = current.bound ? Math.min(+current.bound, +current.until) : +current.until;
    await sleep(end - Date.now());
  }
}

/** Writes the end of a hold down, and tells what comes of it. */
export async function endHold(
  hold: Hold,
  end: { readonly kind: "release" | "bound"; readonly reason: string },
  holder: Holder,
): Promise<Outcome> {
  const seconds = ((Date.now() - hold.begunAt.getTime()) / 1000).toFixed(1);
  const outcome = outcomeOf(
    end.kind === "bound" ? atBound(hold.then, end.reason).kind : "pass",
    end.reason,
  );
  const text = `held for ${seconds} s, ${outcome.text}`;
  await record(holder, text);
  return { ...outcome, text };
}

/** Agents that were held together start again one after the other, in order of arrival. */
async function waitForTurn(seconds: number, isOver: () => boolean): Promise<void> {
  // Not by the wall clock: one that is set back must not make anybody wait longer.
  const turn = performance.now() + seconds * 1000;
  while (performance.now() < turn && !isOver()) await sleep(turn - performance.now());
}

/** Sleeps to the next look, or for some milliseconds if that is less. */
function sleep(ms: number): Promise<void> {
  // Bounded from below as well: a clock that moves meanwhile must not make this spin.
  return new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, Math.max(ms, 1))));
}
