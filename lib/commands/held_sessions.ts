import { basename, resolve } from "@std/path";
import { nameOf } from "../report/session_name.ts";
import type { Waiting } from "../state/waiting.ts";
import { forUser } from "../text/for_user.ts";
import { withoutHome } from "../text/without_home.ts";

/** A session as the user is told of it, with where it works. */
export function describe(waiting: Waiting, all: readonly Waiting[]): string {
  const { directory } = waiting;
  return nameOf(waiting, all) + (directory === undefined ? "" : ` in ${shown(directory)}`);
}

/** A directory for a terminal. */
export function shown(directory: string): string {
  return forUser(withoutHome(directory));
}

/** A word that names a directory, absolute: a process that goes on elsewhere is to understand it. */
export function absolute(word: string): string {
  const isPath = word.includes("/") || word === "." || word === "..";
  if (!isPath) return word;
  return resolve(word.replace(/^~(?=\/|$)/, Deno.env.get("HOME") || "~"));
}

/**
 * Those of the waiting that a word names: by their pid, the session's id or how it begins, or the
 * directory or its name. What fits whole counts before what only begins so. Pure.
 *
 * @returns A text that says why it cannot be told which.
 */
export function named(word: string, all: readonly Waiting[]): readonly Waiting[] | string {
  const fits = [
    ({ pid, session, directory }: Waiting) => [String(pid), session, directory].includes(word),
    ({ session, directory }: Waiting) =>
      (word !== "" && session?.startsWith(word)) ||
      (directory !== undefined && basename(directory) === word),
  ];
  const found = fits.map((each) => all.filter(each)).find(({ length }) => length > 0) ?? [];
  const list = (waiting: readonly Waiting[]) =>
    waiting.map((each) => `${describe(each, all)} (pid ${each.pid})`).join(", ");
  const shownWord = forUser(word);
  if (found.length === 0) {
    return `nobody who waits is named "${shownWord}"; there ${all.length === 1 ? "is" : "are"}: ${
      list(all)
    }`;
  }
  // One session may wait in several places at once.
  const [{ session }] = found as [Waiting];
  const isOne = found.length === 1 ||
    (session !== undefined && found.every((each) => each.session === session));
  return isOne ? found : `"${shownWord}" names ${found.length} of those that wait: ${list(found)}`;
}
