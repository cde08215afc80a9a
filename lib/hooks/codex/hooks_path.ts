import { dirname } from "@std/path";
import { codexHome } from "../../codex/home.ts";

/** A hooks file as it is on disk. */
export interface HooksFileOnDisk {
  /** Where the file really is, symbolic links resolved: links are kept, and what they lead to changes. */
  readonly path: string;
  /** undefined when there is no file. */
  readonly text: string | undefined;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Reads a hooks file.
 *
 * @throws When there is something that is not a readable UTF-8 file.
 */
export async function readHooksFile(path: string): Promise<HooksFileOnDisk> {
  const real = await realPath(path);
  if (real === undefined) return { path, text: undefined, mode: 0o600 };
  const { mode } = await Deno.stat(real);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    .decode(await Deno.readFile(real));
  return { path: real, text, mode: (mode ?? 0o600) & 0o777 };
}

/** The text of a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The directory that a session would run in for Codex to read this hooks file. */
export async function sessionDirectoryFor(hooksPath: string): Promise<string> {
  // A user's hooks count everywhere, and the root has no project of its own.
  return await isCodexHomes(hooksPath) ? "/" : dirname(dirname(hooksPath));
}

/** True when this is the file in Codex's own directory, which every session reads. */
export async function isCodexHomes(hooksPath: string): Promise<boolean> {
  const home = codexHome();
  if (home === undefined) return false;
  const directory = dirname(hooksPath);
  return directory === home || await realPath(directory) === await realPath(home);
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (await isLink(path)) throw new Error(`${path} is a symbolic link that leads nowhere`);
  return undefined;
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch {
    return false;
  }
}
