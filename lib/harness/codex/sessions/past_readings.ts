import { join } from "@std/path";
import { delay } from "../../../process/delay.ts";
import type { DatedReading } from "../../../quota/reading.ts";
import { parseTimestamp } from "../../../text/timestamp.ts";
import { parseLine } from "./parse.ts";
import { recentRollouts, SESSIONS } from "./rollout_files.ts";

/** How much is looked at. */
export interface PastBounds {
  readonly maxAgeMs: number;
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly maxReadings: number;
}

const BOUNDS: PastBounds = {
  maxAgeMs: 30 * 86_400_000,
  maxFiles: 2000,
  maxBytes: 256 * 1024 * 1024,
  maxReadings: 20_000,
};

/** Read at once, in bytes, and the rest after it, in milliseconds: nobody is to notice. */
const CHUNK_BYTES = 256 * 1024;
const REST_MS = 20;

/** A session tells with each answer; of what it says within this time the first counts. */
const THINNED_TO_MS = 60_000;

/**
 * What the sessions of a home have written down of their limits in the last weeks, the youngest files
 * first, one a minute from each. In no order. Needs read permission.
 *
 * @param signal Gives up, with what was found until then.
 */
export async function pastReadings(
  home: string,
  now: Date,
  signal: AbortSignal,
  bounds = BOUNDS,
): Promise<readonly DatedReading[]> {
  const files = await recentRollouts(join(home, SESSIONS), {
    changedSinceMs: now.getTime() - bounds.maxAgeMs,
    maxFiles: bounds.maxFiles,
  });
  const found: DatedReading[] = [];
  let bytes = 0;
  for (const { path } of files) {
    const isFull = bytes >= bounds.maxBytes || found.length >= bounds.maxReadings;
    if (signal.aborted || isFull) break;
    try {
      bytes += await readingsIn(path, bounds.maxBytes - bytes, signal, (reading) => {
        const isOld = now.getTime() - reading.asOf.getTime() > bounds.maxAgeMs;
        if (!isOld && found.length < bounds.maxReadings) found.push(reading);
      });
    } catch {
      // It was removed, or may not be read.
    }
  }
  return found;
}

/** Gives out the readings of one file; returns how many bytes were read. */
async function readingsIn(
  path: string,
  maxBytes: number,
  signal: AbortSignal,
  take: (reading: DatedReading) => void,
): Promise<number> {
  using file = await Deno.open(path);
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(CHUNK_BYTES);
  let [rest, bytes] = ["", 0];
  let last: DatedReading | undefined;
  while (bytes < maxBytes && !signal.aborted) {
    const length = await file.read(chunk);
    if (length === null) break;
    bytes += length;
    const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split("\n");
    // A line of megabytes has no reading.
    rest = lines.pop()!.slice(-CHUNK_BYTES);
    for (const line of lines) {
      const reading = pastReadingIn(line);
      if (!reading) continue;
      if (last && reading.asOf.getTime() - last.asOf.getTime() < THINNED_TO_MS) continue;
      take(reading);
      last = reading;
    }
    await delay(REST_MS, signal);
  }
  return bytes;
}

/** A reading as it was when it was written: windows that have reset since were there then. */
function pastReadingIn(line: string): DatedReading | undefined {
  const [, stamp] = /^\{"timestamp":"([^"]+)"/.exec(line) ?? [];
  const at = parseTimestamp(stamp);
  return at && parseLine(line, at);
}
