import type { Options } from "../cli/options.ts";
import type { HarnessKind } from "../harness/kind.ts";
import { KINDS, USUAL_KIND } from "../harness/registry.ts";
import { isGone } from "../state/homes.ts";
import { ALL, KIND_WORDS } from "./kind_words.ts";
import { homeOf } from "./target.ts";

/**
 * The options for each harness that is named behind a command.
 *
 * @param unnamed Which are meant where none is; the usual one where that tells none.
 * @throws When a word names none.
 */
export async function forEachKind(
  words: readonly string[],
  options: Options,
  unnamed: (options: Options) => Promise<boolean>,
): Promise<Options[]> {
  const [word, ...more] = words;
  const named = KINDS.filter(({ id }) => word === ALL || word === id);
  if (more.length > 0 || (word !== undefined && named.length === 0)) {
    throw new Error(`one of ${Object.keys(KIND_WORDS).join(", ")} may be named; nothing was done`);
  }
  const withKind = ({ id }: HarnessKind): Options => ({
    ...options,
    provider: id === USUAL_KIND.id ? undefined : id,
  });
  if (word !== undefined) return named.map(withKind);
  // Whoever names a home or a file means one of them.
  if (options.home !== undefined || options.hooksPath !== undefined) return [options];
  const each = KINDS.map(withKind);
  const meant = await Promise.all(each.map(unnamed));
  const chosen = each.filter((_, index) => meant[index]);
  return chosen.length > 0 ? chosen : [options];
}

/** True for a harness that somebody has used here: it has a home. */
export function isHere(options: Options): Promise<boolean> {
  const home = homeOf(options);
  return Promise.resolve(home !== undefined && !isGone(home));
}
