import { type OptionName, type Options, toArguments } from "../cli/options.ts";
import { shellWord } from "../text/shell_word.ts";
import { homeOf, kindOf, unusualHome } from "./target.ts";

const WHOSE: readonly OptionName[] = ["provider", "home", "hooks-path", "state-dir"];

/**
 * What somebody types to have the daemon started, or replaced, that options are for. What a hooks file says
 * that somebody has named, only `doctor --fix` takes.
 */
export function startCommand({ provider, home, hooksPath, stateDir }: Options): string {
  const { id } = kindOf({ provider });
  const [named, meant] = [{ provider, home }, { provider }].map(homeOf);
  // Where somebody types it, another home may be the one that is meant.
  const isUsual = [named, meant].every((home) => unusualHome({ id, home }) === undefined);
  const whose = { provider, home: isUsual ? undefined : named, hooksPath, stateDir };
  const command = hooksPath === undefined ? "quota-sentry start" : "quota-sentry doctor --fix";
  return [command, ...toArguments(whose, WHOSE).map(shellWord)].join(" ");
}
