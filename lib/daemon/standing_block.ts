import { type Block, settle } from "../quota/block.ts";
import { decide } from "../quota/decision.ts";
import type { Policy } from "../quota/policy.ts";
import type { WindowsReading } from "../quota/reading.ts";
import { isAboutSameReset } from "../quota/same_window.ts";
import { classOf } from "../quota/window.ts";
import type { State } from "../state/state.ts";

/**
 * The block that is on, unless the user's rules have changed since, and what is known of its window does
 * not meet them now: then what else is known is held on, where that meets them. That is no evidence about
 * the quota, so nobody else has to say the same. Pure.
 */
export function standingBlock(
  before: State | undefined,
  policy: Policy,
  now: Date,
): Block | undefined {
  if (!before || stands(before, policy)) return before?.block;
  const { known, block } = before;
  if (!known || !block) return undefined;
  const reading: WindowsReading = { kind: "windows", problems: [], ...known };
  const { block: other } = settle(undefined, reading, decide(reading, policy, now), now);
  return other && { ...other, since: block.since };
}

function stands(before: State, { windows }: Policy): boolean {
  const { block } = before;
  // Windows by their id have rules of their own, which the state does not tell.
  if (!block || block.what === "account" || block.what === "extra") return true;
  const { mode, thresholdPercent } = windows[block.what];
  const threshold = mode === "hold" ? thresholdPercent : undefined;
  if (threshold === before.guard.holdAt[block.what]) return true;
  if (threshold === undefined) return false;
  const known = before.known?.windows.find((window) =>
    classOf(window) === block.what && isAboutSameReset(window, block.resetsAt)
  );
  return known === undefined || known.usedPercent >= threshold;
}
