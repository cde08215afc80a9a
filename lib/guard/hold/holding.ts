import type { Evidence, Outcome, Verdict } from "../verdict.ts";
import { formatTimestamp } from "../../text/timestamp.ts";
import { beginHold, type Hold } from "./hold.ts";
import { type Holder, isForScript, note, notify } from "./told.ts";
import { parseHold } from "./token.ts";

/** Begins a hold on a state, and says so to the user and in the log. */
export async function beginHolding(
  verdict: Verdict & { kind: "hold" },
  { now, state }: Evidence,
  holder: Holder,
): Promise<Outcome> {
  const hold = beginHold(now, verdict.until, state);
  if (!holder.options.noNotify) await notify(hold.until);
  if (!isForScript(holder)) await note(holder, `${heldUntil(hold)}: ${verdict.reason}`);
  return await goOn(hold, holder, verdict.reason);
}

/**
 * Goes on with a hold that the hook script kept.
 *
 * @returns undefined for a token of another version: the caller judges anew.
 */
export async function goOnHolding(token: string, holder: Holder): Promise<Outcome | undefined> {
  const hold = parseHold(token);
  if (!hold) return undefined;
  if (!isForScript(holder)) {
    await note(
      holder,
      `${heldUntil(hold)}, since ${formatTimestamp(hold.begunAt)}: waits here now`,
    );
  }
  return await goOn(hold, holder);
}

/** The script waits where it can; who has called this program by itself waits in it. */
async function goOn(hold: Hold, holder: Holder, reason?: string): Promise<Outcome> {
  if (isForScript(holder)) {
    const { step } = await import("./in_script.ts");
    return await step(hold, holder, reason);
  }
  const { waitHere } = await import("./in_program.ts");
  return await waitHere(hold, holder);
}

function heldUntil({ until }: Hold): string {
  return `held until ${formatTimestamp(until)}`;
}
