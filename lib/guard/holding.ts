import { formatTimestamp } from "../text/timestamp.ts";
import { beginHold, type Hold } from "./hold.ts";
import type { Holder } from "./holder.ts";
import { parseHold } from "./hold_token.ts";
import { notify } from "./notice.ts";
import type { Outcome } from "./outcome.ts";
import { record } from "./record.ts";
import { step } from "./step.ts";
import type { Evidence, Verdict } from "./verdict.ts";
import { waitHere } from "./wait.ts";

/** Begins a hold on a state, and says so to the user and in the log. */
export async function beginHolding(
  verdict: Verdict & { kind: "hold" },
  { now, state }: Evidence,
  holder: Holder,
): Promise<Outcome> {
  const hold = beginHold(now, verdict.until, state);
  if (!holder.options.noNotify) await notify(hold.until);
  await record(holder, `held until ${formatTimestamp(hold.until)}: ${verdict.reason}`);
  return await continueHold(hold, holder);
}

/**
 * Goes on with a hold that the hook script kept.
 *
 * @returns undefined for a token of another version: the caller judges anew.
 */
export async function goOnHolding(token: string, holder: Holder): Promise<Outcome | undefined> {
  const hold = parseHold(token);
  if (hold && holder.options.hold === undefined) {
    const since = formatTimestamp(hold.begunAt);
    await record(
      holder,
      `held until ${formatTimestamp(hold.until)}, since ${since}: waits here now`,
    );
  }
  return hold && await continueHold(hold, holder);
}

function continueHold(hold: Hold, holder: Holder): Promise<Outcome> {
  return holder.options.hold === undefined ? waitHere(hold, holder) : step(hold, holder);
}
