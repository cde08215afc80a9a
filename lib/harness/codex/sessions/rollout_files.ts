import { join } from "@std/path";
import { delay } from "../../../process/delay.ts";

/** A file into which a session writes, as it is now. */
export interface RolloutFile {
  readonly path: string;
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedAtMs: number;
}

/** What to list. */
export interface RolloutBounds {
  /** Files that were changed before this are left out, in milliseconds since 1970. */
  readonly changedSinceMs: number;
  /** How many files are looked at, those in the newest folders first. */
  readonly maxFiles: number;
}

/** The directory below Codex's home that holds the day folders. */
export const SESSIONS = "sessions";

/** Files that are looked at before others may run: some 10 µs each. */
const FILES_AT_ONCE = 100;

/** A session's file; archived ones are elsewhere, and compressed ones end in `.zst`. */
const ROLLOUT = /^rollout-.*\.jsonl$/;

/** True for the path of a session's file. */
export function isRollout(path: string): boolean {
  return ROLLOUT.test(path.slice(path.lastIndexOf("/") + 1));
}

/**
 * The sessions' files, those that were changed last first. All day folders count: a session that is
 * resumed goes on writing where it was begun, weeks ago.
 *
 * @param root The directory with the years.
 */
export async function recentRollouts(root: string, bounds: RolloutBounds): Promise<RolloutFile[]> {
  const { changedSinceMs, maxFiles } = bounds;
  const found: RolloutFile[] = [];
  let looked = 0;
  for (const path of rollouts(root)) {
    if (looked === maxFiles) break;
    const changedAtMs = changedAt(path);
    if (changedAtMs !== undefined && changedAtMs >= changedSinceMs) {
      found.push({ path, changedAtMs });
    }
    if (++looked % FILES_AT_ONCE === 0) await delay(0);
  }
  return found.sort((a, b) => b.changedAtMs - a.changedAtMs);
}

/** The sessions' files in the newest day folders, the session that was begun last first. */
export function* rollouts(root: string, maxFolders = Infinity): Generator<string> {
  let folders = 0;
  for (const folder of dayFolders(root)) {
    for (const name of names(folder, ROLLOUT)) yield join(folder, name);
    if (++folders === maxFolders) return;
  }
}

/** `YYYY/MM/DD` below the root, newest first. */
function* dayFolders(root: string): Generator<string> {
  for (const year of names(root, /^\d{4}$/)) {
    for (const month of names(join(root, year), /^\d\d$/)) {
      for (const day of names(join(root, year, month), /^\d\d$/)) {
        yield join(root, year, month, day);
      }
    }
  }
}

/** Names in a directory, last first; none when it cannot be read. */
function names(directory: string, pattern: RegExp): string[] {
  const found: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(directory)) if (pattern.test(name)) found.push(name);
  } catch {
    return [];
  }
  return found.sort().reverse();
}

function changedAt(path: string): number | undefined {
  try {
    const { isFile, mtime } = Deno.statSync(path);
    return isFile ? mtime?.getTime() ?? 0 : undefined;
  } catch {
    return undefined;
  }
}
