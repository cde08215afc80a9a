import { join } from "@std/path";
import { delay } from "../../process/delay.ts";

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

/** True for a session's file; archived ones are elsewhere, and compressed ones end in `.zst`. */
export function isRollout(path: string): boolean {
  return path.endsWith(".jsonl") && path.startsWith("rollout-", path.lastIndexOf("/") + 1);
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

function* rollouts(root: string): Generator<string> {
  for (const folder of dayFolders(root)) {
    for (const name of rolloutNames(folder)) yield join(folder, name);
  }
}

/** `YYYY/MM/DD` below the root, newest first. */
export function* dayFolders(root: string): Generator<string> {
  for (const year of names(root, /^\d{4}$/)) {
    for (const month of names(join(root, year), /^\d\d$/)) {
      for (const day of names(join(root, year, month), /^\d\d$/)) {
        yield join(root, year, month, day);
      }
    }
  }
}

/** The sessions' files in a day folder, the session that was begun last first. */
export function rolloutNames(folder: string): string[] {
  return names(folder, /^rollout-.*\.jsonl$/);
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
