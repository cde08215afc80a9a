import { STATE_FILES } from "./files.ts";

/** What those that are held are told. */
export type HoldEvent =
  /** The quota is open again. */
  | "open"
  /** The user has paused the guard. */
  | "paused"
  /** Something else is different: the program is to look. */
  | "look";

/** The pipe on which a held hook script listens ends so; before it stands the script's pid. */
export const LISTENER_SUFFIX = ".wake";

/** No hook is held longer than its timeout of 32 days; an older pipe was left by one that was killed. */
const ABANDONED_AFTER_MS = 33 * 86_400_000;

/**
 * Tells every held hook script of this directory what has happened, by a line in its pipe. Guards that
 * wait by themselves are not told: they look every second. It never throws: who is not told looks when
 * its time is up. Needs write permission.
 */
export function wakeHeld(directory: string, event: HoldEvent): void {
  const queue = `${directory}/${STATE_FILES.queue}`;
  try {
    for (const { name } of Deno.readDirSync(queue)) {
      if (name.endsWith(LISTENER_SUFFIX)) tell(`${queue}/${name}`, event);
    }
  } catch {
    // Nobody was ever held here.
  }
}

function tell(path: string, event: HoldEvent): void {
  try {
    const { isFifo, mtime } = Deno.lstatSync(path);
    if (!isFifo) return;
    if (mtime && Date.now() - mtime.getTime() > ABANDONED_AFTER_MS) return Deno.removeSync(path);
    // Opened for both, so that it does not wait for a reader; without one the line is dropped.
    using pipe = Deno.openSync(path, { read: true, write: true });
    pipe.writeSync(new TextEncoder().encode(`${event}\n`));
  } catch {
    // It has gone on meanwhile.
  }
}
