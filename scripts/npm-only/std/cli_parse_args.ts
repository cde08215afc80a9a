// @ts-ignore: the package has no types.
import { parseArgs as untyped } from "deno-std/cli/parse_args.js";

/** Options of {@linkcode parseArgs}, as far as this project uses them. */
export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  collect?: readonly string[];
  alias?: Readonly<Record<string, string>>;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** `parseArgs` of `@std/cli`. */
export const parseArgs: (args: string[], options?: ParseOptions) => {
  [name: string]: unknown;
  _: (string | number)[];
} = untyped;
