import { SHARED } from "../config/shared.ts";
import { FIVE_HOUR_MINUTES, latestCredibleReset } from "../quota/window.ts";
import { type GuardRules, isFresh, type QuotaState } from "../state/state.ts";

/** What the guard knows when it decides. */
export interface Evidence {
  readonly state: QuotaState | undefined;
  readonly now: Date;
  readonly isDaemonAlive: boolean;
  /** An older state is stale. */
  readonly maxStateAgeSeconds: number;
}

/** What the guard is to do on a state. */
export type Verdict =
  | { readonly kind: "pass"; readonly reason: string }
  | { readonly kind: "hold"; readonly until: Date; readonly reason: string }
  /** A bound of the user's on holds is reached, and the user wants the call denied. */
  | { readonly kind: "deny"; readonly reason: string }
  /** The state says nothing about now: read the quota, if that is allowed. */
  | { readonly kind: "ask"; readonly reason: string };

/** What came of a guard. */
export interface Outcome {
  /** One sentence, for `--verbose`. */
  readonly text: string;
  /** Why the call is to be denied; only where the user's settings ask for that. */
  readonly denial?: string;
  /** What the hook script is to do, when it is the one that waits; see `hold/in_script.ts`. */
  readonly answer?: string;
}

/** The outcome of a verdict that does not hold. */
export function outcomeOf(kind: "pass" | "deny" | "ask", reason: string): Outcome {
  return kind === "deny"
    ? { text: `denied: ${reason}`, denial: `Quota Sentry: ${reason}.` }
    : { text: `let go: ${reason}` };
}

/** Decides on the state as it is. Pure. */
export function verdictOn({ state, now, isDaemonAlive, maxStateAgeSeconds }: Evidence): Verdict {
  if (!state) return { kind: "ask", reason: "there is no state yet" };
  const fresh = isFresh(state, now, maxStateAgeSeconds);
  const until = blockEnd(state, now);
  if (until && (fresh || isDaemonAlive)) return holdOrBound(state, until);
  if (!fresh) return { kind: "ask", reason: "the state is stale" };
  const { unknownHoldSeconds } = state.guard;
  if (state.status === "unknown" && unknownHoldSeconds > 0) {
    const end = new Date(now.getTime() + unknownHoldSeconds * 1000);
    return { kind: "hold", until: end, reason: state.reason };
  }
  return { kind: "pass", reason: state.reason };
}

/** Why one is not held, or not any longer, whose hold would last into a new week. */
export const INTO_NEW_WEEK = "the hold would last into a new week (notIntoNewWeek)";

/** What comes when a bound of the user's on holds is reached. */
export function atBound(
  then: GuardRules["then"],
  reason: string,
): Verdict & { kind: "pass" | "deny" } {
  return { kind: then === "deny" ? "deny" : "pass", reason };
}

function holdOrBound(state: QuotaState, until: Date): Verdict {
  const { noMoreHolds, notBeyond, then } = state.guard;
  if (noMoreHolds) return atBound(then, "the number of holds a day (maxHoldsPerDay) is used up");
  if (notBeyond && until >= notBeyond) return atBound(then, INTO_NEW_WEEK);
  return { kind: "hold", until, reason: state.reason };
}

/**
 * When a blocked state's block ends; undefined when it has ended, or when it is no block that can be
 * believed at `now`: after the clock was set back a block may seem to last for days.
 */
export function blockEnd(state: QuotaState, now: Date): Date | undefined {
  const { status, blockedUntil } = state;
  if (status !== "blocked" || blockedUntil === null || blockedUntil <= now) return undefined;
  return blockedUntil <= latestBlockEnd(state.blockMinutes, now) ? blockedUntil : undefined;
}

/** The latest instant at which a block that is in force at `now` can end, by its window's length. */
export function latestBlockEnd(windowMinutes: number | null, now: Date): Date {
  const reset = latestCredibleReset(windowMinutes ?? FIVE_HOUR_MINUTES, now);
  return new Date(reset.getTime() + SHARED.resetBufferSeconds.max * 1000);
}
