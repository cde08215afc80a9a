/**
 * True for a version that is the first one or a later one, by its first two numbers; false for one that
 * is not known.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { isSince } from "./is_since.ts";
 *
 * assert(isSince("0.169.0", "0.150"));
 * assert(!isSince("0.148.1-alpha.2", "0.150"));
 * assert(!isSince(undefined, "0.150"));
 * ```
 */
export function isSince(version: string | undefined, first: string): boolean {
  if (version === undefined) return false;
  const [a, b] = [version, first].map((text) => text.split(/[.-]/).map(Number));
  return a![0]! > b![0]! || (a![0] === b![0] && a![1]! >= b![1]!);
}
