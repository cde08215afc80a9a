import type { Options } from "../cli/options.ts";
import { namesIn } from "../files/names_in.ts";
import type { HarnessKind } from "../harness/kind.ts";
import { KINDS } from "../harness/registry.ts";
import { isGone } from "../state/homes.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { ALL, KIND_WORDS } from "./kind_words.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { harnessOf, homeOf, kindOf, providerOf } from "./target.ts";

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
  const isOne = NAMING.some((key) => options[key] !== undefined);
  if (named.length > 1 && isOne) {
    throw new Error("what names a home, a file or a directory is for one agent; nothing was done");
  }
  const withKind = ({ id }: HarnessKind): Options => ({
    ...options,
    provider: providerOf({ id }),
  });
  if (word !== undefined) return named.map(withKind);
  const each = KINDS.map(withKind);
  const meant = await Promise.all(each.map(unnamed));
  const chosen = each.filter((_, index) => meant[index]);
  if (chosen.length === 0) return [options];
  return isOne ? chosen.slice(0, 1) : chosen;
}

/** Whoever names one of these means one harness: what lies there is one's. */
const NAMING = ["home", "hooksPath", "stateDir", "scriptPath"] as const;

/**
 * True for a harness that somebody has used here: it has a home with something in it. One that is named
 * looks like it. One that has no quota of its own has an account with one: for keys alone its hooks would
 * hold nothing.
 */
export function isHere(options: Options): Promise<boolean> {
  const home = homeOf(options);
  if (home === undefined || isGone(home)) return Promise.resolve(false);
  const { id, quotaOf } = kindOf(options);
  if (quotaOf !== undefined && options.home === undefined) {
    const directory = new StateDirectory(namedStateDirectory(options));
    return Promise.resolve(harnessOf(options).signedIn(directory) === "with-quota");
  }
  const marks = KINDS.find((kind) => kind.id === id)?.marks ?? [];
  const isNamed = options.home !== undefined;
  return Promise.resolve(namesIn(home).some((name) => !isNamed || marks.includes(name)));
}
