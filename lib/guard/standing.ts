import { isFresh, type QuotaState } from "../state/state.ts";
import { blockEnd, type Evidence, verdictOn } from "./verdict.ts";

/** What is so now, by the state: what guards make of it, in words for people. */
export interface Standing {
  readonly status: QuotaState["status"];
  readonly reason: string;
  /** Until when agents wait; undefined where they go on. */
  readonly until: Date | undefined;
  /** What comes instead where a bound of the user's on holds is reached, and why. */
  readonly despite: string | undefined;
  /** The reading is too old to say what is so; `lastKnown` is what it said. */
  readonly isStale: boolean;
  readonly lastKnown:
    | { readonly status: QuotaState["status"]; readonly reason: string }
    | undefined;
}

/** Tells what is so. Pure. */
export function standingOf(
  state: QuotaState,
  evidence: Omit<Evidence, "state">,
): Standing {
  const { now, maxStateAgeSeconds } = evidence;
  const verdict = verdictOn({ ...evidence, state });
  const isStale = !isFresh(state, now, maxStateAgeSeconds);
  const { reason } = state;
  const said = { reason, despite: undefined, isStale, lastKnown: undefined };
  // A block whose time has passed is over, whether or not the daemon has looked since.
  const isBlocked = blockEnd(state, now) !== undefined;
  const status = state.status === "blocked" && !isBlocked ? "open" : state.status;
  if (verdict.kind === "hold") return { ...said, status, until: verdict.until };
  if (isStale && verdict.kind === "ask") {
    return {
      ...said,
      status: "unknown",
      reason: "the last reading is too old to say what is so now",
      until: undefined,
      lastKnown: { status: state.status, reason },
    };
  }
  const does = verdict.kind === "deny" ? "calls are denied" : "agents go on";
  const despite = isBlocked ? `${does}: ${verdict.reason}` : undefined;
  return { ...said, status, until: undefined, despite };
}
