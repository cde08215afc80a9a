import type { Options } from "../cli/options.ts";
import { printError } from "../cli/output.ts";
import type { QuotaSource } from "../sources/source.ts";
import { SOURCE_NAMES, sourceNamed } from "../sources/sources.ts";

/**
 * Gives the source of that name, from the name of the one that answered last time; says so and returns
 * undefined when there is none of that name.
 */
export function sourceOf(
  name: string,
  { provider = "codex" }: Options,
  directory: string,
): ((last: string | undefined) => QuotaSource) | undefined {
  const make = (last: string | undefined) => sourceNamed(name, { directory, provider, last });
  if (make(undefined)) return (last) => make(last)!;
  printError(`there is no source "${name}"; there are ${SOURCE_NAMES.join(", ")}`);
  return undefined;
}
