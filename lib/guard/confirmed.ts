import { authorityOf } from "../quota/reading.ts";
import { isFresh, type State } from "../state/state.ts";

/**
 * Whether it is confirmed that the quota is there: a source that was asked after an instant says so, and
 * not long ago. A block that is over confirms nothing, and neither does what a session has written down:
 * it may be another account's. Pure.
 */
export function isConfirmed(
  state: State,
  after: Date,
  now: Date,
  maxStateAgeSeconds: number,
): boolean {
  const { status, source, readAt, account, windows } = state;
  return status === "open" && isFresh(state, now, maxStateAgeSeconds) && readAt > after &&
    source !== undefined && authorityOf(source) === "live" && account?.usageAllowed !== false &&
    // Also a window that holds nobody refuses requests while it is full.
    windows.every(({ extra, usedPercent }) => extra || usedPercent < 100);
}
