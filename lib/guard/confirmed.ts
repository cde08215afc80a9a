import { authorityOf } from "../quota/reading.ts";
import type { State } from "../state/state.ts";
import { standingOf } from "./standing.ts";
import type { Evidence } from "./verdict.ts";

/**
 * Whether it is confirmed that the quota is there: a source that was asked after an instant says so, and
 * says it of now. What a session has written down confirms nothing: it may be another account's. Pure.
 */
export function isConfirmed(
  state: State,
  after: Date,
  evidence: Omit<Evidence, "state">,
): boolean {
  const { status, isStale } = standingOf(state, evidence);
  return status === "open" && !isStale && state.readAt > after &&
    state.source !== undefined && authorityOf(state.source) === "live" &&
    state.account?.usageAllowed !== false &&
    // Also a window that holds nobody refuses requests while it is full.
    state.windows.every(({ extra, usedPercent }) => extra || usedPercent < 100);
}
