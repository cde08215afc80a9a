import { parseTimestamp } from "../text/timestamp.ts";
import { STATE_FILES } from "./files.ts";

/** A pause is one timestamp; anything larger is not ours. */
const MAX_BYTES = 100;

/**
 * Until when the user has paused the guard; undefined when it is not paused at `now`. It is on the
 * hooks' hot path. Needs read permission.
 */
export function pausedUntil(directory: string, now: Date): Date | undefined {
  try {
    const path = `${directory}/${STATE_FILES.pause}`;
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > MAX_BYTES) return undefined;
    const until = parseTimestamp(Deno.readTextFileSync(path).trim());
    return until && until > now ? until : undefined;
  } catch {
    return undefined;
  }
}
