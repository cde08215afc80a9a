import { basename, dirname, join } from "@std/path";

/** A file on its way to its name, as it is called below. */
const TEMPORARY = /^\..+\.\d+-[0-9a-f-]{36}\.tmp$/;

/** A temporary file older than this was left by a writer that was killed. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Replaces a file as a whole: whoever reads it, and whatever happens at whichever instant, there is
 * the old content or the new one. The new content is on disk before it gets the name. Temporary
 * files have names of their own, and those that a killed writer left are removed.
 *
 * Needs read and write permission for the directory.
 *
 * @param mode Permission bits of the new file, whatever the umask.
 * @throws The error of the file system, with the old file untouched.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const directory = dirname(path);
  const prefix = `.${basename(path)}.`;
  await removeAbandoned(directory, prefix);
  const temporary = join(directory, `${prefix}${Deno.pid}-${crypto.randomUUID()}.tmp`);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    await writeDurably(temporary, bytes, mode);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(directory);
}

/**
 * Replaces a file as a whole, at once: nothing is waited for, so whoever looks next sees the new
 * content, but a power cut may leave an empty file. For what is written often and read again soon.
 *
 * Needs read and write permission for the directory.
 *
 * @param mtime The modification time that it is to have; now if it is left out.
 * @throws The error of the file system, with the old file untouched.
 */
export function replaceFileAtOnce(path: string, content: string, mode: number, mtime?: Date): void {
  const name = `.${basename(path)}.${Deno.pid}-${crypto.randomUUID()}.tmp`;
  const temporary = join(dirname(path), name);
  try {
    Deno.writeTextFileSync(temporary, content, { createNew: true, mode });
    if (mtime) Deno.utimeSync(temporary, mtime, mtime);
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made; the first error says why.
    }
    throw error;
  }
}

/** Removes the temporary files that killed writers left in a directory. */
export async function removeAbandonedFiles(directory: string): Promise<void> {
  await removeAbandoned(directory, ".");
}

async function writeDurably(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
  // The umask may have taken bits away; the owner's file keeps the mode that it had.
  if (mode !== 0o600) await Deno.chmod(path, mode);
  await file.sync();
}

/** Makes the rename itself durable. Some file systems cannot sync a directory; then it is skipped. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    using handle = await Deno.open(directory);
    await handle.sync();
  } catch {
    // The content is safe; only the moment at which the new name survives a power cut differs.
  }
}

/** True for what {@linkcode replaceFile} calls a file that is on its way to its name. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** True for what it calls a file that is on its way to this name. */
export function isTemporaryFor(name: string, temporary: string): boolean {
  return isTemporary(temporary) && temporary.startsWith(`.${name}.`);
}

async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.name.startsWith(prefix) || !isTemporary(entry.name)) continue;
    const path = join(directory, entry.name);
    try {
      const { mtime } = await Deno.lstat(path);
      if (mtime && Date.now() - mtime.getTime() > ABANDONED_AFTER_MS) await Deno.remove(path);
    } catch (error) {
      // Another writer was faster.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
