import { authorityOf } from "../quota/reading.ts";
import type { State } from "../state/state.ts";

/** A reading says what is so now for so long, in milliseconds. */
const FRESH_MS = 90_000;

/**
 * Whether it is confirmed that the quota is there: a reading of just now says so. A block that is over
 * confirms nothing, and a state that is open does not by itself: also a window that holds nobody refuses
 * requests while it is full. Pure.
 *
 * @param asked A source was asked after this.
 * @param told Or a session was told with an answer after this; left out where that does not count.
 */
export function isConfirmed(
  state: State | undefined,
  { asked, told }: { readonly asked: Date; readonly told?: Date },
  now: Date,
): boolean {
  if (!state || state.status !== "open" || state.source === undefined) return false;
  const { source, readAt, account, windows } = state;
  const isSince = authorityOf(source) === "live"
    ? readAt > asked
    : told !== undefined && readAt > asked && readAt > told;
  const age = now.getTime() - readAt.getTime();
  return isSince && age >= 0 && age <= FRESH_MS && account?.usageAllowed !== false &&
    windows.every(({ extra, usedPercent }) => extra || usedPercent < 100);
}
