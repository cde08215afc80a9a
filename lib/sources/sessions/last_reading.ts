import { parseLine, type SessionReading } from "./parse.ts";
import { searchBackwards } from "./search_backwards.ts";

/** A session's last line with a reading is within this much of its end, in bytes. */
const MAX_BYTES = 256 * 1024;

/**
 * The last reading that one session has written down; undefined when it has none, or cannot be read.
 * Codex writes it before it asks the model again (seen with 0.169.0). Needs read permission.
 *
 * @param path The session's file.
 */
export async function lastReading(path: string, now: Date): Promise<SessionReading | undefined> {
  try {
    // Checked before opening: a FIFO would block.
    if (!Deno.statSync(path).isFile) return undefined;
    return (await searchBackwards(path, (line) => parseLine(line, now), MAX_BYTES)).value;
  } catch {
    return undefined;
  }
}
