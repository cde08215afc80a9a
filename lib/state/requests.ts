import { namesIn } from "../files/names_in.ts";
import { smallText } from "../files/small_text.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import type { HeldStep } from "./queue.ts";
import type { State } from "./state.ts";
import type { StateDirectory } from "./state_directory.ts";

/*
 * What a user asks of those that are held: a directory with a small file for each. `release-PID-SINCE`
 * and `cancel-PID-SINCE` are for one wait, and `session-SESSION`, which holds a block, lets a session
 * pass for as long as that block is on.
 */

/** What may be asked of one that is held: to go on, or to have its call denied. */
export type Wish = "release" | "cancel";

/** One wait, as its place has it. */
export interface Wait {
  readonly pid: number;
  readonly since: Date;
}

/** A block, as far as one is told from the next. */
interface BlockMark {
  readonly since: string | null;
  readonly what: string | null;
  readonly until: string | null;
}

/** Ends that differ by less than this are the same one, in milliseconds. */
const SAME_END_MS = 120_000;

/**
 * Whether a hook can deny what one is held before. Codex goes on with a request to the model, whatever
 * its hook says (0.169.0): a denial would let it out. A `request` is one that can be denied. Pure.
 */
export function isDeniable(step: HeldStep | undefined): boolean {
  return step === "prompt" || step === "request" || step === "tool";
}

/** The name of a wait's pipe, without its end, and of what is asked of it. Pure. */
export function waitName({ pid, since }: Wait): string {
  return `${pid}-${Math.floor(since.getTime() / 1000)}`;
}

/** The path of what is asked of one wait. */
export function wishPath(directory: StateDirectory, wish: Wish, wait: Wait): string {
  return `${directory.file("requests")}/${wish}-${waitName(wait)}`;
}

/** The path of what lets a session pass. */
export function passPath(directory: StateDirectory, session: string): string {
  return `${directory.file("requests")}/session-${session}`;
}

/** What that is to hold on a state; undefined where the state holds nobody. Pure. */
export function passText(state: State | undefined): string | undefined {
  const mark = blockMark(state);
  return mark && `${JSON.stringify(mark)}\n`;
}

/**
 * What is asked of one that is held, or is about to be; undefined for nothing. Needs read permission; it
 * never throws.
 */
export function wishFor(
  directory: StateDirectory,
  wait: Wait,
  session: string | null | undefined,
): Wish | undefined {
  if (isThere(wishPath(directory, "cancel", wait))) return "cancel";
  if (isThere(wishPath(directory, "release", wait))) return "release";
  return mayPass(directory, session) ? "release" : undefined;
}

/** True for a session that was let go, while the block is on that it was let go from. */
export function mayPass(directory: StateDirectory, session: string | null | undefined): boolean {
  if (!session) return false;
  const path = passPath(directory, session);
  return isThere(path) && isSameBlock(path, directory.state());
}

/**
 * True for the name of what says nothing any more: it is for a session, and another block is on or none,
 * or for a wait that is none of those given. Needs read permission.
 */
export function isOutdated(
  directory: StateDirectory,
  name: string,
  waits: ReadonlySet<string>,
): boolean {
  const [, session] = /^session-([\w-]{1,80})$/.exec(name) ?? [];
  if (session === undefined) return !waits.has(name.replace(/^(release|cancel)-/, ""));
  const state = directory.state();
  return state !== undefined && !isSameBlock(passPath(directory, session), state);
}

/** The names of all that is asked. */
export function requestsIn(directory: StateDirectory): string[] {
  return namesIn(directory.file("requests"));
}

function blockMark(state: State | undefined): BlockMark | undefined {
  if (!state || state.status === "open") return undefined;
  const { block, blockedUntil } = state;
  return {
    since: block?.since.toISOString() ?? null,
    what: block ? `${block.what} ${block.windowId ?? ""}` : null,
    until: blockedUntil?.toISOString() ?? null,
  };
}

/**
 * True where a block goes on: nothing was open in between, and it is on the same window, or at least has
 * the same end. An unknown quota that holds goes on while it is unknown.
 */
function isSameBlock(path: string, state: State | undefined): boolean {
  const [then, now] = [readMark(path), blockMark(state)];
  if (!then || !now || then.since !== now.since) return false;
  if (then.until === null || now.until === null) return then.until === now.until;
  if (then.what !== null && then.what === now.what) return true;
  const [before, after] = [parseTimestamp(then.until), parseTimestamp(now.until)];
  return !!before && !!after && Math.abs(+before - +after) < SAME_END_MS;
}

function readMark(path: string): BlockMark | undefined {
  try {
    const { since, what, until } = JSON.parse(smallText(path) ?? "");
    const isMark = [since, what, until].every((each) => each === null || typeof each === "string");
    return isMark ? { since, what, until } : undefined;
  } catch {
    return undefined;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}
