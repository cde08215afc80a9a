import type { Options } from "../cli/options.ts";
import { printError } from "../cli/output.ts";
import { SOURCE_NAMES } from "../config/values.ts";
import type { Reading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";
import { sourceNamed } from "../sources/sources.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { harnessOf } from "./target.ts";

/**
 * Gives the source of that name, from the name of the one that answered last time; says so and returns
 * undefined when there is none of that name.
 */
export function sourceOf(
  name: string,
  options: Options,
  path: string,
): ((last: string | undefined) => QuotaSource) | undefined {
  const harness = harnessOf(options);
  const directory = new StateDirectory(path);
  const make = (last: string | undefined) => sourceNamed(name, { directory, harness, last });
  if (make(undefined)) return (last) => make(last)!;
  printError(`there is no source "${name}"; there are ${SOURCE_NAMES.join(", ")}`);
  return undefined;
}

/** True unless the options name a source that there is not, which is then said. */
export function isSourceKnown(options: Options): boolean {
  const { source } = options;
  return source === undefined || sourceOf(source, options, "") !== undefined;
}

/** Whose word counts beside the source of that name: what the harness's sessions have written down. */
export function witnessesFor(
  name: string,
  options: Options,
  path: string,
): (() => Promise<Reading>)[] {
  if (name === "sessions" || name === "simulated") return [];
  return harnessOf(options).sources(new StateDirectory(path))
    .filter((source) => source.name === "sessions").map((source) => () => source.read());
}
