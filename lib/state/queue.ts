import { STATE_FILES } from "./files.ts";

/** Places in the queue; who comes later still is not staggered. */
export const QUEUE_PLACES = 64;

/**
 * Takes the first free place among those that are held, and keeps it for the life of this process: it
 * is a file lock, given up however the process ends. The files are there from the moment that a state
 * is blocked; a guard may not write, but locking needs read permission alone.
 *
 * @returns How many came before and were held still; 0 when there are no places, or none is free.
 */
export function takePlace(directory: string): number {
  for (let index = 0; index < QUEUE_PLACES; index++) {
    const file = open(placePath(directory, index));
    if (!file) return 0;
    if (file.tryLockSync(true)) return index;
    file.close();
  }
  return 0;
}

/** The file of a place. */
export function placePath(directory: string, index: number): string {
  return `${directory}/${STATE_FILES.queue}/${String(index).padStart(2, "0")}`;
}

function open(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch {
    return undefined;
  }
}
