import { latestCredibleReset } from "../quota/decision.ts";
import { MAX_RESET_BUFFER_SECONDS } from "../quota/policy.ts";
import { FIVE_HOUR_MINUTES } from "../quota/window.ts";
import { isFresh, type QuotaState } from "../state/state.ts";

/** What the guard knows when it decides. */
export interface Evidence {
  readonly state: QuotaState | undefined;
  readonly now: Date;
  readonly isDaemonAlive: boolean;
  readonly maxStateAgeSeconds: number;
}

/** What the guard is to do on a state. */
export type Verdict =
  | { readonly kind: "pass"; readonly reason: string }
  | { readonly kind: "hold"; readonly until: Date; readonly reason: string }
  /** The state says nothing about now: read the quota, if that is allowed. */
  | { readonly kind: "ask"; readonly reason: string };

/** Decides on the state as it is. Pure. */
export function verdictOn({ state, now, isDaemonAlive, maxStateAgeSeconds }: Evidence): Verdict {
  if (!state) return { kind: "ask", reason: "there is no state yet" };
  const fresh = isFresh(state, now, maxStateAgeSeconds);
  const until = blockEnd(state, now);
  if (until && (fresh || isDaemonAlive)) return { kind: "hold", until, reason: state.reason };
  if (!fresh) return { kind: "ask", reason: "the state is stale" };
  return { kind: "pass", reason: state.reason };
}

/**
 * When a blocked state's block ends; undefined when it has ended, or when it is no block that can be
 * believed at `now`: after the clock was set back a block may seem to last for days.
 */
export function blockEnd(state: QuotaState, now: Date): Date | undefined {
  const { status, blockedUntil } = state;
  if (status !== "blocked" || blockedUntil === null || blockedUntil <= now) return undefined;
  return blockedUntil <= latestBlockEnd(now) ? blockedUntil : undefined;
}

/** The latest instant at which a block that is in force at `now` can end. */
export function latestBlockEnd(now: Date): Date {
  const reset = latestCredibleReset(FIVE_HOUR_MINUTES, now);
  return new Date(reset.getTime() + MAX_RESET_BUFFER_SECONDS * 1000);
}
