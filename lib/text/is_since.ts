/**
 * True for a version that is the first one or a later one, by as many numbers as that one has; false
 * for one that is not known.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { isSince } from "./is_since.ts";
 *
 * assert(isSince("0.169.0", "0.150"));
 * assert(!isSince("0.148.1-alpha.2", "0.150"));
 * assert(!isSince("2.1.197", "2.1.331"));
 * assert(!isSince(undefined, "0.150"));
 * ```
 */
export function isSince(version: string | undefined, first: string): boolean {
  if (version === undefined) return false;
  const [ours, theirs] = [version, first].map((text) => text.split(/[.-]/).map(Number));
  const index = theirs!.findIndex((number, index) => ours![index] !== number);
  return index === -1 || ours![index]! > theirs![index]!;
}
