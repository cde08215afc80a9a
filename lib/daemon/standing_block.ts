import type { Block } from "../quota/block.ts";
import type { Policy } from "../quota/policy.ts";
import { isSameReset } from "../quota/same_window.ts";
import { classOf } from "../quota/window.ts";
import type { State } from "../state/state.ts";

/**
 * The block that is on, unless the user's rules have changed since, and what is known of its window does
 * not meet them now. That is no evidence about the quota, so nobody else has to say the same. Pure.
 */
export function standingBlock(
  before: State | undefined,
  { windows }: Pick<Policy, "windows">,
): Block | undefined {
  const block = before?.block;
  // Windows by their id have rules of their own, which the state does not tell.
  if (!block || block.what === "account" || block.what === "extra") return block;
  const { mode, thresholdPercent } = windows[block.what];
  const threshold = mode === "hold" ? thresholdPercent : undefined;
  if (threshold === before.guard.holdAt[block.what]) return block;
  if (threshold === undefined) return undefined;
  const known = before.known?.windows.find((window) =>
    classOf(window) === block.what && isSameReset(window.resetsAt, block.resetsAt)
  );
  return known && known.usedPercent < threshold ? undefined : block;
}
