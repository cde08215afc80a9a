import { isFresh } from "../state/state.ts";
import { blockEnd, type Evidence, latestBlockEnd } from "./verdict.ts";

/** A hold: the agent waits. Times are wall-clock time, so that sleep and clock changes are harmless. */
export interface Hold {
  /** The agent goes on at this instant, whatever else is known. */
  readonly until: Date;
  /** Newer readings may move the end, but never beyond this: a reset may slide ahead for ever. */
  readonly latest: Date;
}

/** What a hold looks at each time that it wakes. */
export interface HoldEvidence extends Evidence {
  /** The harness that called the hook has ended. */
  readonly isParentGone: boolean;
}

/** Goes on holding, or lets go. */
export type Step =
  | { readonly kind: "hold"; readonly hold: Hold }
  | { readonly kind: "release"; readonly reason: string };

/** Begins a hold. */
export function beginHold(now: Date, until: Date): Hold {
  return { until, latest: latestBlockEnd(now) };
}

/**
 * One look during a hold. Pure. Only a fresh state counts: one that is open lets go, one that is
 * blocked sets the end. A state that is missing, stale or unknown changes nothing, so that a source
 * that fails neither ends the hold early nor makes it longer.
 */
export function stepHold(hold: Hold, evidence: HoldEvidence): Step {
  const { state, now, maxStateAgeSeconds } = evidence;
  if (evidence.isParentGone) return { kind: "release", reason: "the caller has ended" };
  let until = hold.until;
  if (state && isFresh(state, now, maxStateAgeSeconds)) {
    if (state.status === "open") return { kind: "release", reason: state.reason };
    until = earlier(blockEnd(state, now) ?? until, hold.latest);
  }
  if (now >= until) return { kind: "release", reason: "the window has reset" };
  if (until > latestBlockEnd(now)) return { kind: "release", reason: "the clock was set back" };
  return { kind: "hold", hold: { ...hold, until } };
}

function earlier(a: Date, b: Date): Date {
  return a <= b ? a : b;
}
