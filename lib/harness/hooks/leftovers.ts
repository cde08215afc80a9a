import { existsSync } from "@std/fs/exists";
import { basename, dirname, join } from "@std/path";
import { changeElsewhere, removeElsewhere } from "../../files/elsewhere.ts";
import { readIfThere } from "../../files/if_there.ts";
import { namesIn } from "../../files/names_in.ts";
import { isTemporaryFor } from "../../files/replace_file.ts";
import { copiesOf } from "../backup.ts";
import type { HookOutcome } from "../harness.ts";
import { type FileOnDisk, isLink } from "./user_file.ts";

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
 * any more, and copies of a file that equal it. Scripts beside a file of another name may be those of the
 * usual one, and stay.
 *
 * @param line What is said of the file.
 * @param file It, without anything of ours; undefined where there is none.
 * @param usual What the harness calls such a file.
 * @throws {ElsewhereError} When something cannot be removed.
 */
export async function removeLeft(
  line: string,
  hooksPath: string,
  file: FileOnDisk | undefined,
  { usual, scriptNames }: { readonly usual: string; readonly scriptNames: readonly string[] },
): Promise<HookOutcome> {
  const { path, text } = file ?? { path: hooksPath, text: undefined };
  const scripts = basename(hooksPath) === usual
    ? scriptsBeside([hooksPath, path], scriptNames)
    : [];
  const removed: string[] = [];
  for (const script of scripts) {
    if (await isNamedBeside(script)) continue;
    if (await removeExactly(script, isOurScript)) removed.push(script);
  }
  for (const copy of await copiesOf(path)) {
    // A copy that equals the file tells nobody anything.
    if (copy.text === text && await removeExactly(copy.path, (each) => each === text)) {
      removed.push(copy.path);
    }
  }
  removed.push(...await removeTemporaries([path, ...scripts]));
  const lines = removed.length === 0 ? [] : [`Removed ${removed.join(", ")}: left behind.`];
  return { kind: "done", lines: [line, ...lines], hasChanged: removed.length > 0 };
}

/** Where scripts of ours may stand: beside a hooks file, and beside what it leads to. */
export function scriptsBeside(paths: readonly string[], names: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => names.map((name) => join(dirname(path), name))))];
}

/** True where another file beside it has hooks that may call it, as with `install-hook --hooks-path`. */
async function isNamedBeside(script: string): Promise<boolean> {
  const directory = dirname(script);
  for (const name of namesIn(directory).filter((each) => each.endsWith(".json"))) {
    const text = await readIfThere(join(directory, name)).catch(() => undefined);
    if (text?.includes(basename(script))) return true;
  }
  return false;
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

/** Removes a link that led to a file that has gone now. */
export async function removeDangling(path: string): Promise<void> {
  if (await isLink(path) && !existsSync(path)) await removeElsewhere(path).catch(() => {});
}

/**
 * What is to be said of our copies of a file that stay: it has been changed since, so they tell something.
 *
 * @param text The file as it is now.
 */
export async function copiesLeft(path: string, text: string | undefined): Promise<string[]> {
  return (await copiesOf(path)).filter((copy) => copy.text !== text).map((copy) =>
    `${copy.path} stays: it is the file as it was before the hooks, and differs from what there is now. ` +
    "Remove it if you do not need it."
  );
}
