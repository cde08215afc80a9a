import { join } from "@std/path";
import type { DatedReading } from "../../../quota/reading.ts";
import { searchReading } from "./last_reading.ts";
import { recentRollouts, SESSIONS } from "./rollout_files.ts";

/** How much a search may cost. */
export interface SearchBounds {
  /** Files that are looked at, those in the newest folders first. */
  readonly maxFiles: number;
  /** How far from its end one file is searched. */
  readonly maxBytesPerFile: number;
  /** How much is read in all. */
  readonly maxBytes: number;
}

const BOUNDS: SearchBounds = {
  // Half a year of thirty sessions a day; looking at them takes 50 ms.
  maxFiles: 5000,
  // Seven compactions in a row, each a line of 4.6 MB.
  maxBytesPerFile: 32 * 1024 * 1024,
  // A quarter of a second, with others running in between.
  maxBytes: 128 * 1024 * 1024,
};

/** The longest window is a week: what is older than this has reset. */
const MAX_AGE_MS = 8 * 24 * 3600_000;

/** A file system may keep whole seconds only, or even ones: a file seems older than its last line. */
const MTIME_SLACK_MS = 2000;

/**
 * The newest reading that a session has written below `HOME/sessions`. A file is not older than the
 * lines in it: the search ends at the first file that was changed before the best reading was made.
 * Needs read permission.
 *
 * @param home Codex's directory.
 * @param signal Gives up, with the best until then.
 */
export async function newestReading(
  home: string,
  now: Date,
  signal?: AbortSignal,
  bounds = BOUNDS,
): Promise<DatedReading | undefined> {
  const files = await recentRollouts(join(home, SESSIONS), {
    changedSinceMs: now.getTime() - MAX_AGE_MS,
    maxFiles: bounds.maxFiles,
  });
  let best: DatedReading | undefined;
  let bytes = 0;
  for (const { path, changedAtMs } of files) {
    if (signal?.aborted || bytes >= bounds.maxBytes) break;
    if (best && changedAtMs + MTIME_SLACK_MS < best.asOf.getTime()) break;
    const found = await searchReading(
      path,
      now,
      Math.min(bounds.maxBytesPerFile, bounds.maxBytes - bytes),
    );
    bytes += found.bytes;
    if (found.value && (!best || found.value.asOf > best.asOf)) best = found.value;
  }
  return best;
}
