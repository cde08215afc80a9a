import { type OptionName, type Options, toArguments } from "../cli/options.ts";
import { shellQuote } from "../text/shell_quote.ts";
import { kindOf, unusualHome } from "./target.ts";

const WHOSE: readonly OptionName[] = ["provider", "home", "state-dir"];

/** What somebody types to start the daemon that options are for. */
export function startCommand({ provider, home, stateDir }: Options): string {
  const { id } = kindOf({ provider });
  const words = toArguments({ provider, home: unusualHome({ id, home }), stateDir }, WHOSE);
  return ["quota-sentry start", ...words.map(quoted)].join(" ");
}

function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : shellQuote(word);
}
