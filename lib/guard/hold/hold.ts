import {
  DEFAULT_GUARD_RULES,
  type GuardRules,
  isFresh,
  type QuotaState,
} from "../../state/state.ts";
import type { Wish } from "../../state/requests.ts";
import { formatTimestamp } from "../../text/timestamp.ts";
import { FIVE_HOUR_MINUTES } from "../../quota/window.ts";
import { blockEnd, type Evidence, INTO_NEW_WEEK, latestBlockEnd } from "../verdict.ts";

/** A hold: the agent waits. Times are wall-clock time, so that sleep and clock changes are harmless. */
export interface Hold {
  /** The harness's id of the session that waits; null where it is not known. */
  readonly session: string | null;
  readonly begunAt: Date;
  /** The agent goes on at this instant, whatever else is known. */
  readonly until: Date;
  /** Newer readings may move the end, but never beyond this: a reset may slide ahead for ever. */
  readonly latest: Date;
  /** The user's bound on one hold; null for none. */
  readonly bound: Date | null;
  /** Length of the window that the hold is on; null where none was given. */
  readonly windowMinutes: number | null;
  /** What comes at the bound. */
  readonly then: GuardRules["then"];
  /** Agents that were held together start again this far apart. */
  readonly staggerSeconds: number;
}

/** What a hold looks at each time that it wakes. */
export interface HoldEvidence extends Evidence {
  /** The harness that called the hook has ended. */
  readonly isParentGone: boolean;
  /** The user has paused the guard. */
  readonly isPaused: boolean;
  /** What the user asks of this one. */
  readonly wish?: Wish;
}

/** Goes on holding, or lets go. */
export type Step =
  | { readonly kind: "hold"; readonly hold: Hold }
  | {
    readonly kind: "release";
    readonly reason: string;
    /** The quota is there again, for all that were held. */
    readonly isReset: boolean;
  }
  /** The user's bound is reached. */
  | { readonly kind: "bound"; readonly reason: string }
  /** The user wants this call denied. */
  | { readonly kind: "cancel"; readonly reason: string };

/** Why one goes on that the user has let go. */
export const RELEASED = "released by the user";

/** Begins a hold on a state. */
export function beginHold(
  now: Date,
  until: Date,
  state: QuotaState | undefined,
  session: string | null = null,
): Hold {
  const { maxHoldSeconds, then, staggerSeconds } = state?.guard ?? DEFAULT_GUARD_RULES;
  const boundMs = maxHoldSeconds === null ? NaN : now.getTime() + maxHoldSeconds * 1000;
  const bound = Number.isNaN(new Date(boundMs).getTime()) ? null : new Date(boundMs);
  const windowMinutes = state?.blockMinutes ?? null;
  const latest = latestBlockEnd(windowMinutes, now);
  return { session, begunAt: now, until, latest, bound, windowMinutes, then, staggerSeconds };
}

/**
 * One look during a hold. Pure. Only a fresh state counts: one that is open lets go, one that is
 * blocked sets the end. A state that is missing, stale or unknown changes nothing, so that a source
 * that fails neither ends the hold early nor makes it longer; but where what it holds on was dropped, it
 * lets go.
 */
export function stepHold(hold: Hold, evidence: HoldEvidence): Step {
  const { state, now, maxStateAgeSeconds } = evidence;
  if (evidence.isParentGone) return release("the caller has ended");
  if (evidence.isPaused) return release("paused");
  if (evidence.wish === "release") return release(RELEASED);
  if (evidence.wish === "cancel") return { kind: "cancel", reason: cancelled(hold) };
  let { until, latest, windowMinutes } = hold;
  let isIntoNewWeek = false;
  if (state && isFresh(state, now, maxStateAgeSeconds)) {
    if (state.status === "open") return release(state.reason, true);
    const end = blockEnd(state, now);
    if (end === undefined && isDropped(hold, state)) return release(state.reason, true);
    if (end !== undefined && isLonger(state.blockMinutes, windowMinutes)) {
      // A longer window is spent as well, meanwhile.
      windowMinutes = state.blockMinutes;
      latest = latestBlockEnd(windowMinutes, hold.begunAt);
    }
    until = earlier(end ?? until, latest);
    const { notBeyond } = state.guard;
    isIntoNewWeek = end !== undefined && notBeyond !== null && until >= notBeyond;
  }
  if (now >= until) return release("the time to wait is over", true);
  if (until > latestBlockEnd(windowMinutes, now)) return release("the clock was set back");
  if (isIntoNewWeek) return { kind: "bound", reason: INTO_NEW_WEEK };
  if (hold.bound && now >= hold.bound) {
    return { kind: "bound", reason: "the longest hold (maxHold) is reached" };
  }
  return { kind: "hold", hold: { ...hold, until, latest, windowMinutes } };
}

/** Whether what a hold is on was dropped, and the user does not want the unknown to hold either. */
function isDropped({ begunAt }: Hold, { droppedAt, guard }: QuotaState): boolean {
  return droppedAt !== undefined && begunAt < droppedAt && guard.unknownHoldSeconds === 0;
}

/** Whether a block is on a longer window than a hold; a hold on none that is known is like one on 5 hours. */
function isLonger(blockMinutes: number | null, windowMinutes: number | null): boolean {
  return blockMinutes !== null && blockMinutes > (windowMinutes ?? FIVE_HOUR_MINUTES);
}

/** For an agent to read in the place of a tool call, and for a user in that of a prompt. */
function cancelled({ until }: Hold): string {
  return "the user has cancelled this wait for the quota to reset at " +
    `${
      formatTimestamp(until)
    }; nothing was done. Do not try again: end the turn here, and tell the user`;
}

function release(reason: string, isReset = false): Step {
  return { kind: "release", reason, isReset };
}

function earlier(a: Date, b: Date): Date {
  return a <= b ? a : b;
}
