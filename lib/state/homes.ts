import { dirname, join } from "@std/path";
import { namesIn } from "../files/names_in.ts";
import { smallText } from "../files/small_text.ts";
import { linkAt } from "../process/link_at.ts";
import { HISTORY_DIRECTORY, HISTORY_FILES } from "./history_files.ts";
import { isKnownFile } from "./known_files.ts";
import { DIRECTORY_NAME } from "./location.ts";
import { StateDirectory } from "./state_directory.ts";

/** A state directory, and whose home it is for. */
export interface KnownHome {
  readonly directory: StateDirectory;
  /** Whose quota it is for, as the directory's name says it; undefined where it does not. */
  readonly provider: string | undefined;
  /** Absolute; undefined where that was never written down. */
  readonly home: string | undefined;
  /** The home is not there any more. */
  readonly isGone: boolean;
}

/** What is cleared away was not touched for so long, in milliseconds. */
const FORGOTTEN_AFTER_MS = 86_400_000;

/** The same for what was in use for longer than that: its home may be on a disk that is away. */
const LONG_USED_FORGOTTEN_AFTER_MS = 40 * 86_400_000;

/** The text that says whose home a directory is for. */
export function homeText(home: string): string {
  return `${home}\n`;
}

/** Whose home a directory is for; undefined where that was never written down. Needs read permission. */
export function homeOfDirectory(directory: StateDirectory): string | undefined {
  const text = smallText(directory.file("home"))?.replace(/\n$/, "") ?? "";
  return text.startsWith("/") && !text.includes("\n") ? text : undefined;
}

/**
 * The state directories that are beside this one, of all homes of all harnesses, this one included, by
 * their names: those that are ours alone. Needs read permission; starts nothing.
 */
export function knownHomes(directory: StateDirectory): KnownHome[] {
  const parent = dirname(directory.path);
  return namesIn(parent).flatMap((name) => {
    const [isOne, provider] = NAME.exec(name) ?? [];
    if (isOne === undefined) return [];
    const known = new StateDirectory(join(parent, name));
    if (!known.isOurs() || linkAt(known.path) !== undefined) return [];
    const home = homeOfDirectory(known);
    return [{ directory: known, provider, home, isGone: home !== undefined && isGone(home) }];
  });
}

/** The name of a state directory: behind ours a provider's, and behind that what tells a home from others. */
const NAME = new RegExp(`^${DIRECTORY_NAME}(?:-([a-z][a-z0-9.-]*))?(?:@.+)?$`);

/** The providers that have a state directory beside this one that bears their name. */
export function knownProviders(directory: StateDirectory): string[] {
  const parent = dirname(directory.path);
  return namesIn(parent).flatMap((name) => {
    const [, provider] = PROVIDER.exec(name) ?? [];
    const known = new StateDirectory(join(parent, name));
    const isOne = provider !== undefined && known.isOurs() && linkAt(known.path) === undefined &&
      known.state() !== undefined;
    return isOne ? [provider] : [];
  });
}

const PROVIDER = new RegExp(`^${DIRECTORY_NAME}-([\\w.-]+)$`);

/** True where there is nothing. What cannot be looked at is not gone; a disk may be away all the same. */
export function isGone(path: string): boolean {
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/**
 * True for what a home that has gone has left, and nobody has touched for a day, or for 40 where it was
 * in use for longer than a day: all that is in it is ours by its name, no daemon runs there, and no
 * pause is on.
 */
export function isForgotten({ directory, isGone }: KnownHome, now: Date): boolean {
  if (!isGone || directory.isDaemonAlive() || directory.pausedUntil(now)) return false;
  // Whose home it is was written down at the beginning.
  const usedMs = changedAtMs(directory.file("state")) - changedAtMs(directory.file("home"));
  const isLongUsed = Number.isFinite(usedMs) && usedMs > FORGOTTEN_AFTER_MS;
  const afterMs = isLongUsed ? LONG_USED_FORGOTTEN_AFTER_MS : FORGOTTEN_AFTER_MS;
  const isOld = (path: string) => now.getTime() - changedAtMs(path) > afterMs;
  const holdsOnly = (path: string, isOurs: (name: string) => boolean): boolean =>
    isOld(path) && namesIn(path).every((name) => isOurs(name) && isOld(join(path, name)));
  return holdsOnly(directory.path, isKnownFile) &&
    holdsOnly(directory.file("queue"), (name) => WAITING.test(name)) &&
    holdsOnly(`${directory.path}/${HISTORY_DIRECTORY}`, (name) => HISTORY_FILES.includes(name)) &&
    holdsOnly(directory.file("statusLine"), (name) => /^[\w-]{1,80}$/.test(name)) &&
    holdsOnly(directory.file("turns"), (name) => directory.turnMark(name) !== undefined);
}

const WAITING = /^(\d+\.place|\d+-\d+\.wake|\d\d)$/;

/** Long ago for what is not there. */
function changedAtMs(path: string): number {
  try {
    return Deno.lstatSync(path).mtime?.getTime() ?? Infinity;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? -Infinity : Infinity;
  }
}
