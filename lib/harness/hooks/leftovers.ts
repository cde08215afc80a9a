import { basename, dirname, join } from "@std/path";
import { changeElsewhere, removeElsewhere } from "../../files/elsewhere.ts";
import { readIfThere } from "../../files/if_there.ts";
import { namesIn } from "../../files/names_in.ts";
import { isTemporaryFor } from "../../files/replace_file.ts";
import { copiesOf } from "../backup.ts";

/** True for the text of a script that `install-hook` has written. */
export function isOurScript(text: string): boolean {
  return /^#!\/bin\/sh\n# Written by quota-sentry install-hook/.test(text);
}

/**
 * Removes a file if it is what it is to be; true when it was.
 *
 * @throws {ElsewhereError} When it cannot be removed, or somebody has changed it meanwhile.
 */
export async function removeExactly(
  path: string,
  isIt: (text: string) => boolean,
): Promise<boolean> {
  const text = await readIfThere(path);
  if (text === undefined || !isIt(text)) return false;
  await changeElsewhere({ path, before: text, after: undefined, mode: 0o600 });
  return true;
}

/**
 * Removes what an installation, or its removal, has left that was ended half-way: scripts that nothing calls
 * any more, and copies of a file that equal it.
 *
 * @param text The file without anything of ours; undefined where there is none.
 * @returns What was removed.
 * @throws {ElsewhereError} When something cannot be removed.
 */
export async function removeLeftovers(
  path: string,
  text: string | undefined,
  scripts: readonly string[],
): Promise<string[]> {
  const removed: string[] = [];
  for (const script of scripts) {
    if (await removeExactly(script, isOurScript)) removed.push(script);
  }
  for (const copy of await copiesOf(path)) {
    // A copy that equals the file tells nobody anything.
    if (copy.text === text && await removeExactly(copy.path, (each) => each === text)) {
      removed.push(copy.path);
    }
  }
  return [...removed, ...await removeTemporaries([path, ...scripts])];
}

/**
 * Removes what a writer of these files has left that was killed. Whoever calls has the lock under which they
 * are written.
 *
 * @returns What was removed.
 */
export async function removeTemporaries(paths: readonly string[]): Promise<string[]> {
  const left = paths.flatMap((path) =>
    namesIn(dirname(path)).filter((name) => isTemporaryFor(basename(path), name))
      .map((name) => join(dirname(path), name))
  );
  for (const path of left) await removeElsewhere(path);
  return left;
}

/** Removes the directory that was made for our files, where nothing is in it any more; a link stays. */
export async function removeIfEmpty(directory: string): Promise<void> {
  const isDirectory = await Deno.lstat(directory).then((info) => info.isDirectory, () => false);
  if (isDirectory && namesIn(directory).length === 0) {
    await removeElsewhere(directory).catch(() => {});
  }
}

/** What is to be said of our copies of a file that stay: it has been changed since, so they tell something. */
export async function copiesLeft(path: string): Promise<string[]> {
  return (await copiesOf(path)).map((copy) =>
    `${copy.path} stays: it is the file as it was before the hooks, and differs from what there is now. ` +
    "Remove it if you do not need it."
  );
}
