import { dirname, join } from "@std/path";
import { isOurFile } from "./files.ts";
import { DIRECTORY_NAME } from "./location.ts";
import { StateDirectory } from "./state_directory.ts";

/** A state directory, and whose home it is for. */
export interface KnownHome {
  readonly directory: StateDirectory;
  /** Absolute; undefined where that was never written down. */
  readonly home: string | undefined;
  /** The home is not there any more. */
  readonly isGone: boolean;
}

/** What is cleared away was not touched for so long, in milliseconds. */
const FORGOTTEN_AFTER_MS = 86_400_000;

/** The text that says whose home a directory is for. */
export function homeText(home: string): string {
  return `${home}\n`;
}

/** Whose home a directory is for; undefined where that was never written down. Needs read permission. */
export function homeOfDirectory(directory: StateDirectory): string | undefined {
  try {
    const text = Deno.readTextFileSync(directory.file("home")).replace(/\n$/, "");
    return text.startsWith("/") && !text.includes("\n") ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The state directories that are beside this one, of all homes of a harness, this one included, by
 * their names. Needs read permission; starts nothing.
 */
export function knownHomes(directory: StateDirectory): KnownHome[] {
  return namesIn(dirname(directory.path)).filter(isName).map((name) => {
    const known = new StateDirectory(join(dirname(directory.path), name));
    const home = homeOfDirectory(known);
    return { directory: known, home, isGone: home !== undefined && !isThere(home) };
  });
}

/**
 * True for what a home that has gone has left, and nobody has touched for a day. A directory in which
 * there is anything that is not ours is nobody's to clear away.
 */
export function isForgotten({ directory, isGone }: KnownHome, now: Date): boolean {
  if (!isGone || directory.isDaemonAlive()) return false;
  return [".", ...namesIn(directory.path)].every((name) =>
    (name === "." || isOurFile(name)) &&
    now.getTime() - changedAtMs(join(directory.path, name)) > FORGOTTEN_AFTER_MS
  );
}

function isName(name: string): boolean {
  return name === DIRECTORY_NAME || name.startsWith(`${DIRECTORY_NAME}@`);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    // One that cannot be looked at, on a disk that is away, say, is not known to be gone.
    return !(error instanceof Deno.errors.NotFound);
  }
}

function changedAtMs(path: string): number {
  try {
    return Deno.lstatSync(path).mtime?.getTime() ?? Infinity;
  } catch {
    return Infinity;
  }
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
