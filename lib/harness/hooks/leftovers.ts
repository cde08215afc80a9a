import { changeElsewhere } from "../../files/elsewhere.ts";
import { readIfThere } from "../../files/if_there.ts";
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
  return removed;
}

/** What is to be said of our copies of a file that stay: it has been changed since, so they tell something. */
export async function copiesLeft(path: string): Promise<string[]> {
  return (await copiesOf(path)).map((copy) =>
    `${copy.path} stays: it is the file as it was before the hooks, and differs from what there is now. ` +
    "Remove it if you do not need it."
  );
}
