import { basename, dirname } from "@std/path";
import { namesIn } from "../files/names_in.ts";

/** A name that is ours alone stands behind the name of the file. */
const SUFFIX = ".before-quota-sentry";

/** More than anybody has of one file. */
const MAX_COPIES = 100;

/** The names of our copies of a file, the first one first. */
function namesFor(path: string): string[] {
  const numbers = Array.from({ length: MAX_COPIES }, (_, index) => index + 1);
  return numbers.map((number) => `${path}${SUFFIX}${number === 1 ? "" : `-${number}`}`);
}

/**
 * A name for a copy of a file, which nothing else has: behind all that there are, so that the last one is
 * the newest.
 *
 * @throws When there are far too many.
 */
export async function freeNameFor(path: string): Promise<string> {
  const names = namesFor(path);
  const last = names.findLastIndex(isIn(dirname(path)));
  for (const name of names.slice(last + 1)) if (await isFree(name)) return name;
  throw new Error(`there are too many copies beside ${path}; remove some`);
}

/** True for the path of something that is in a directory. */
function isIn(directory: string): (path: string) => boolean {
  const there = new Set(namesIn(directory));
  return (path) => there.has(basename(path));
}

/** Our copies of a file, as far as they can be read, the first one first. */
export async function copiesOf(path: string): Promise<{ path: string; text: string }[]> {
  const copies: { path: string; text: string }[] = [];
  for (const name of namesFor(path).filter(isIn(dirname(path)))) {
    try {
      copies.push({ path: name, text: await Deno.readTextFile(name) });
    } catch {
      // A directory, say: none of ours.
    }
  }
  return copies;
}

async function isFree(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
