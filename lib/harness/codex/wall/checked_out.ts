import { dirname, join, resolve } from "@std/path";
import { smallText } from "../../../files/small_text.ts";
import { forUser } from "../../../text/for_user.ts";

/**
 * What the repository around a directory has checked out, as its `HEAD` says it: a branch, or a commit
 * that is no branch's. It is read without `git`. The agent's own commits do not change it; somebody who
 * switches to other work does. Needs read permission.
 *
 * @returns undefined where there is no repository.
 */
export function checkedOutIn(directory: string): string | undefined {
  for (let current = resolve(directory);; current = dirname(current)) {
    const head = smallText(join(gitDirectoryIn(current), "HEAD"));
    if (head !== undefined) return forUser(head);
    if (dirname(current) === current) return undefined;
  }
}

/** `.git`; a worktree's, and a submodule's, is a file that names another. */
function gitDirectoryIn(directory: string): string {
  const path = join(directory, ".git");
  const [, elsewhere] = /^gitdir: (.+?)\s*$/.exec(smallText(path) ?? "") ?? [];
  return elsewhere === undefined ? path : resolve(directory, elsewhere);
}
