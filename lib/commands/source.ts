import type { Options } from "../cli/options.ts";
import { printError } from "../cli/output.ts";
import type { QuotaSource } from "../sources/source.ts";
import { SOURCE_NAMES, sourceNamed } from "../sources/sources.ts";

/** The source that the options name; says so and returns undefined when there is none of that name. */
export function sourceOf(options: Options, directory: string): QuotaSource | undefined {
  const source = sourceNamed(options.source, directory);
  if (!source) {
    printError(`--source takes one of ${SOURCE_NAMES.join(", ")}, not "${options.source}"`);
  }
  return source;
}
