import { distance } from "fastest-levenshtein";

/** The name that a word is a misspelling of, or the beginning of; undefined when none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const away = (name: string) =>
    Math.min(distance(word, name), 1 + distance(word, name.slice(0, word.length)));
  const [name] = names.toSorted((a, b) => away(a) - away(b));
  if (name === undefined || away(name) >= word.length) return undefined;
  return away(name) <= Math.max(2, word.length / 3) ? name : undefined;
}
