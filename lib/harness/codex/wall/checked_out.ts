import { dirname, join, resolve } from "@std/path";
import { forUser } from "../../../text/for_user.ts";

/** A file of git's that is larger than this is not read. */
const MAX_BYTES = 64 * 1024;

/**
 * What the repository around a directory has checked out, as its `HEAD` says it: a branch, or a commit
 * that is no branch's. It is read without `git`. The agent's own commits do not change it; somebody who
 * switches to other work does. Needs read permission.
 *
 * @returns undefined where there is no repository.
 */
export function checkedOutIn(directory: string): string | undefined {
  for (let current = resolve(directory);; current = dirname(current)) {
    const head = textOf(join(gitDirectoryIn(current), "HEAD"));
    if (head !== undefined) return forUser(head);
    if (dirname(current) === current) return undefined;
  }
}

/** `.git`; a worktree's, and a submodule's, is a file that names another. */
function gitDirectoryIn(directory: string): string {
  const path = join(directory, ".git");
  const [, elsewhere] = /^gitdir: (.+?)\s*$/.exec(textOf(path) ?? "") ?? [];
  return elsewhere === undefined ? path : resolve(directory, elsewhere);
}

function textOf(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= MAX_BYTES ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
