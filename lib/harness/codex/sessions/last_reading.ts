import type { DatedReading } from "../../../quota/reading.ts";
import { parseLine } from "./parse.ts";
import { type Found, searchBackwards } from "../../../files/search_backwards.ts";

/** A session's last line with a reading is within this much of its end, in bytes. */
const MAX_BYTES = 256 * 1024;

/**
 * The last reading that one session has written down; undefined when it has none, or cannot be read.
 * Codex writes it before it asks the model again (seen with 0.169.0). Needs read permission.
 *
 * @param path The session's file.
 */
export async function lastReading(path: string, now: Date): Promise<DatedReading | undefined> {
  try {
    // Checked before opening: a FIFO would block.
    if (!Deno.statSync(path).isFile) return undefined;
  } catch {
    return undefined;
  }
  return (await searchReading(path, now, MAX_BYTES)).value;
}

/** The last reading in a file, and how much was read for it; none where it cannot be read. */
export async function searchReading(
  path: string,
  now: Date,
  maxBytes: number,
): Promise<Found<DatedReading>> {
  try {
    return await searchBackwards(path, (line) => parseLine(line, now), maxBytes);
  } catch {
    // It was archived in this moment, or is somebody else's: others may tell.
    return { value: undefined, bytes: 0 };
  }
}
