import { basename, dirname, join } from "@std/path";
import { readBytesIfThere } from "../../files/if_there.ts";

/** A file of the user's as it is on disk. */
export interface FileOnDisk {
  /** Where the file really is, symbolic links resolved: links are kept, and what they lead to changes. */
  readonly path: string;
  /** undefined when there is no file. */
  readonly text: string | undefined;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Reads a file of the user's, byte for byte.
 *
 * @throws When there is something that is not a readable UTF-8 file.
 */
export async function readOnDisk(path: string): Promise<FileOnDisk> {
  const real = await realPath(path);
  if (real === undefined) {
    const directory = await realPath(dirname(path)) ?? dirname(path);
    return { path: join(directory, basename(path)), text: undefined, mode: 0o600 };
  }
  const bytes = await readBytesIfThere(real);
  const { mode } = await Deno.stat(real);
  return {
    path: real,
    text: bytes && decode(real, bytes),
    mode: (mode ?? 0o600) & 0o777,
  };
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`${path} is not text in UTF-8`);
  }
}

/**
 * Symbolic links resolved; undefined when there is no such file.
 *
 * @throws When it is a link that leads nowhere.
 */
export async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (await isLink(path)) throw new Error(`${path} is a symbolic link that leads nowhere`);
  return undefined;
}

/** True for a symbolic link, wherever it leads. */
export async function isLink(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch {
    return false;
  }
}
