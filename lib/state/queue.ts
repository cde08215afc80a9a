import { smallText } from "../files/small_text.ts";
import { isRunning } from "../process/is_running.ts";
import { formatTimestamp, parseTimestamp } from "../text/timestamp.ts";

/*
 * The queue: a directory with a place for each session that is held, in the order in which they came. A
 * place is a file `N.place` that one alone can make: `PID NAME UNTIL SESSION STEP DIRECTORY`. NAME is
 * that of the pipe on which he listens, or `PID-SINCE` where he looks by himself. UNTIL is what he was
 * told when his hold began, SESSION a `?` where it is not known, STEP what he waits before, or `?`.
 * DIRECTORY, which may have spaces, stands there on systems without `/proc` alone. Earlier versions wrote
 * the first two alone. The hook script and a guard that waits in this program take their places by the
 * same rules, so that all start again one after the other.
 */

/** Who finds none free among so many does without. */
const MAX_PLACES = 1000;

/** Who comes later than so many is not kept apart from the others any more. */
const STAGGERED = 64;

/** Without a place of its own, one still does not start again together with all others. */
const CHANCES = 16;

/** The pipe on which a held hook script listens ends so; before it stands its `PID-SINCE`. */
export const LISTENER_SUFFIX = ".wake";

/** The file of a place ends so; before it stands its number. */
export const PLACE_SUFFIX = ".place";

/** Who has a place. */
export interface Placed {
  readonly pid: number;
  readonly since: Date;
  /** Whether it listens on a pipe; else it looks by itself. */
  readonly listens: boolean;
}

/** Reads the name of a pipe, or of who has none, as a place has it; undefined for other names. Pure. */
export function placedBy(name: string): Placed | undefined {
  const [, pid, since, suffix] = /^([1-9]\d{0,9})-(\d{1,12})(\.wake)?$/.exec(name) ?? [];
  if (pid === undefined) return undefined;
  return {
    pid: Number(pid),
    since: new Date(Number(since) * 1000),
    listens: suffix === LISTENER_SUFFIX,
  };
}

/** What stands in a place. */
export interface Place {
  /** The name of a pipe, or of who has none; see {@linkcode placedBy}. */
  readonly name: string;
  readonly until: Date | undefined;
  readonly session: string | undefined;
  readonly step: HeldStep | undefined;
  /** The directory that the session works in, where it is said. */
  readonly directory: string | undefined;
}

/** The text of a place; empty for what is none, or has gone meanwhile. Needs read permission. */
export function readPlace(path: string): string {
  return smallText(path) ?? "";
}

const STEPS = ["prompt", "model", "request", "compact", "tool"] as const;

/** What one is held before. */
export type HeldStep = (typeof STEPS)[number];

/** Reads the text of a place. Pure. */
export function parsePlace(text: string): Place {
  const [line = ""] = text.trim().split("\n");
  const [, name = "", until, session, step, ...directory] = line.split(" ");
  return {
    name,
    until: parseTimestamp(until),
    session: sessionOf(session),
    step: STEPS.find((each) => each === step),
    directory: directoryOf(directory.join(" ")),
  };
}

function directoryOf(text: string): string | undefined {
  return /^\/\P{C}{0,1023}$/u.test(text) ? text : undefined;
}

/** A session's id, as a harness gives it; undefined for what is none. Pure. */
export function sessionOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w-]{1,80}$/.test(text) ? text : undefined;
}

/**
 * What stands behind the pid in the place of who looks by himself. Pure.
 *
 * @param directory Where the session works; undefined where everybody can see that.
 */
export function ownerText(
  pid: number,
  since: Date,
  until: Date,
  session: string | null,
  step: HeldStep | undefined,
  directory: string | undefined,
): string {
  const name = `${pid}-${Math.floor(since.getTime() / 1000)}`;
  const where = directory === undefined ? "" : ` ${directory}`;
  return `${name} ${formatTimestamp(until)} ${session ?? "?"} ${step ?? "?"}${where}`;
}

/** The path of a place. */
export function placePath(queue: string, place: number): string {
  return `${queue}/${place}${PLACE_SUFFIX}`;
}

/**
 * Takes the first free place for a process that waits without a pipe; one whose owner has ended is free.
 * Needs write permission.
 *
 * @param owner Its `PID-SINCE`, and what else {@linkcode ownerText} gives.
 * @returns undefined where none is free.
 * @throws When the queue cannot be written.
 */
export async function claimPlace(queue: string, owner: string): Promise<number | undefined> {
  await Deno.mkdir(queue, { recursive: true, mode: 0o700 });
  for (let place = 0; place < MAX_PLACES; place++) {
    const path = placePath(queue, place);
    const other = ownerOf(path);
    if (other !== undefined && !await isRunning(other)) await Deno.remove(path).catch(() => {});
    try {
      const text = `${placedBy(owner.split(" ")[0]!)?.pid} ${owner}\n`;
      await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
      return place;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      // The disk is full.
      await Deno.remove(path).catch(() => {});
      throw error;
    }
  }
  return undefined;
}

/** How long one waits after the others, in milliseconds. Pure. */
export function staggerOf(place: number | undefined, pid: number, staggerSeconds: number): number {
  const turn = place ?? pid % CHANCES;
  return turn < STAGGERED ? turn * staggerSeconds * 1000 : 0;
}

/** The pid in a place; undefined where it is free, or its owner has yet to write it. */
function ownerOf(path: string): number | undefined {
  const [, pid] = /^([1-9]\d{0,9}) /.exec(readPlace(path)) ?? [];
  return pid === undefined ? undefined : Number(pid);
}
