import { mayPass } from "../../state/requests.ts";
import { sessionOf } from "../../state/queue.ts";
import { formatTimestamp } from "../../text/timestamp.ts";
import { type Evidence, type Outcome, outcomeOf, type Verdict } from "../verdict.ts";
import { beginHold, type Hold, RELEASED } from "./hold.ts";
import { parseHold } from "./token.ts";
import { type Holder, isForScript, notify } from "./told.ts";

/** The session's id as a harness gives it, before anything that a model or a user has written. */
const SESSION = /^\s*\{"session_id":\s*"([^"]*)"/;

/**
 * Begins a hold on a state, and says so to the user and in the log.
 *
 * @param input How the hook's input begins.
 */
export async function beginHolding(
  verdict: Verdict & { kind: "hold" },
  { now, state }: Evidence,
  holder: Holder,
  input = "",
): Promise<Outcome> {
  const session = sessionOf(SESSION.exec(input)?.[1]) ?? null;
  // This one was let go, once for all its calls in this block.
  if (mayPass(holder.directory, session)) return outcomeOf("pass", RELEASED);
  const hold = beginHold(now, verdict.until, state, session);
  const tell = () => holder.options.noNotify ? Promise.resolve() : notify(hold.until);
  if (!isForScript(holder)) return await waitInProgram(hold, verdict.reason, holder, tell);
  await tell();
  return await waitInScript(hold, holder, verdict.reason);
}

/**
 * Goes on with a hold that the hook script kept.
 *
 * @returns undefined for a token of another version: the caller judges anew.
 */
export async function goOnHolding(token: string, holder: Holder): Promise<Outcome | undefined> {
  const hold = parseHold(token);
  if (!hold || isForScript(holder)) return hold && await waitInScript(hold, holder);
  const since = formatTimestamp(hold.begunAt);
  return await waitInProgram(hold, `waits here now, since ${since}`, holder);
}

/** The script waits; it has a place in the queue, and keeps the log. */
async function waitInScript(hold: Hold, holder: Holder, reason?: string): Promise<Outcome> {
  const { step } = await import("./in_script.ts");
  return await step(hold, holder, reason);
}

/** This process waits; it takes its place before anybody hears of it, so that the order is right. */
async function waitInProgram(
  hold: Hold,
  reason: string,
  holder: Holder,
  tell = () => Promise.resolve(),
): Promise<Outcome> {
  const { takePlace } = await import("./place.ts");
  const text = `held until ${formatTimestamp(hold.until)}: ${reason}`;
  const place = await takePlace(holder, hold, text);
  await tell();
  const { waitHere } = await import("./in_program.ts");
  return await waitHere(hold, place, holder);
}
