import { namesIn } from "../files/names_in.ts";
import { within } from "../process/within.ts";
import { LISTENER_SUFFIX } from "./queue.ts";
import { type Wait, waitName } from "./requests.ts";
import type { StateDirectory } from "./state_directory.ts";

/** What those that are held are told. */
export type HoldEvent =
  /** The quota is open again. */
  | "open"
  /** The user has paused the guard. */
  | "paused"
  /** The user lets this one go. */
  | "released"
  /** Something else is different: the program is to look. */
  | "look"
  /** Nothing, but the daemon lives. */
  | "alive";

/** No hook is held longer than its timeout of 32 days; an older pipe was left by one that was killed. */
const ABANDONED_AFTER_MS = 33 * 86_400_000;

/** Longer than any script takes that is not stopped, in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Tells every held hook script of this directory what has happened, by a line in its pipe. Guards that
 * wait by themselves are not told: they look every second. It never throws, and waits for nobody who
 * does not take his line: who is not told looks when his time is up. Needs write permission.
 */
export async function wakeHeld(directory: StateDirectory, event: HoldEvent): Promise<void> {
  const names = namesIn(directory.file("queue"));
  await tellPipes(directory, names.filter((name) => name.endsWith(LISTENER_SUFFIX)), event);
}

/** Tells some of them alone, as {@linkcode wakeHeld} does; who has no pipe is passed over. */
export async function wakeThese(
  directory: StateDirectory,
  waits: readonly Wait[],
  event: HoldEvent,
): Promise<void> {
  await tellPipes(directory, waits.map((wait) => `${waitName(wait)}${LISTENER_SUFFIX}`), event);
}

async function tellPipes(
  directory: StateDirectory,
  names: readonly string[],
  event: HoldEvent,
): Promise<void> {
  const queue = directory.file("queue");
  await within(Promise.all(names.map((name) => tell(`${queue}/${name}`, event))), PATIENCE_MS);
}

/**
 * The pipes to which a line is being written, with what is to follow. Those of scripts that are stopped
 * fill up, and their writes last.
 */
const busy = new Map<string, HoldEvent[]>();

/** What follows may say no more than this, for who does not take it. */
const MAX_WAITING = 8;

async function tell(path: string, event: HoldEvent): Promise<void> {
  const waiting = busy.get(path);
  if (waiting) {
    // A sign of life is one already.
    if (event !== "alive" && waiting.length < MAX_WAITING) waiting.push(event);
    return;
  }
  const events = [event];
  busy.set(path, events);
  try {
    const { isFifo, mtime } = await Deno.lstat(path);
    if (!isFifo) return;
    if (mtime && Date.now() - mtime.getTime() > ABANDONED_AFTER_MS) return await Deno.remove(path);
    // Opened for both, so that it does not wait for a reader; without one the line is dropped.
    using pipe = await Deno.open(path, { read: true, write: true });
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      await pipe.write(new TextEncoder().encode(`${next}\n`));
    }
  } catch {
    // It has gone on meanwhile.
  } finally {
    busy.delete(path);
  }
}
