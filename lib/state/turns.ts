import { STATE_FILES } from "./files.ts";

/** No turn goes on for longer without a model request, in milliseconds. */
const FORGOTTEN_AFTER_MS = 86_400_000;

/** An id as a harness gives it: it becomes the name of a file. */
const TURN = /^[\w-]{1,80}$/;

/**
 * Path of the mark that the model's requests of a turn are guarded; the hook on such a request leaves
 * it, and the tool calls of the same turn then need not be held. Undefined for what is no turn's id.
 */
export function turnMark(directory: string, turn: unknown): string | undefined {
  return typeof turn === "string" && TURN.test(turn)
    ? `${directory}/${STATE_FILES.turns}/${turn}`
    : undefined;
}

/** True where the model's requests of this turn are guarded. It is on the hooks' hot path. */
export function isMarked(directory: string, turn: unknown): boolean {
  const path = turnMark(directory, turn);
  try {
    return path !== undefined && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Makes the directory for marks. It never throws: without marks, tool calls are held too. */
export function prepareTurns(directory: string): void {
  try {
    Deno.mkdirSync(`${directory}/${STATE_FILES.turns}`, { recursive: true, mode: 0o700 });
  } catch {
    // The hook script tries to make it as well.
  }
}

/** Removes the directory if no mark is in it. It never throws. Needs write permission. */
export async function removeTurnsIfEmpty(directory: string): Promise<void> {
  try {
    await Deno.remove(`${directory}/${STATE_FILES.turns}`);
  } catch {
    // There are marks, of turns that go on.
  }
}

/** Removes the marks of turns that have ended long ago. It never throws. Needs write permission. */
export async function removeOldMarks(directory: string, now: Date): Promise<void> {
  const turns = `${directory}/${STATE_FILES.turns}`;
  try {
    for await (const { name } of Deno.readDir(turns)) {
      const { mtime } = await Deno.lstat(`${turns}/${name}`);
      const age = mtime ? now.getTime() - mtime.getTime() : 0;
      if (age > FORGOTTEN_AFTER_MS) await Deno.remove(`${turns}/${name}`);
    }
  } catch {
    // Another daemon was faster, or there are none.
  }
}
