import { OPTION_NAMES, type Options } from "../cli/options.ts";
import { readOptions } from "../cli/parse.ts";
import { SHARED_NAMES } from "../config/shared.ts";
import { realPathOf } from "../files/real_path.ts";
import type { HookCall } from "../harness/harness.ts";
import { directoryOf, harnessOf } from "./target.ts";

/**
 * The options that the installed hooks run with, by what they call: those at a session's start, which
 * starts the daemon, else those of any hook; and the settings that only others of them have.
 */
export function optionsOfHooks(calls: readonly HookCall[]): Options {
  const all = calls.toSorted((a, b) => rank(a) - rank(b)).map(({ args, stateDirectory }) => {
    const options = readArguments(args.slice(1));
    return { ...options, stateDir: options.stateDir ?? stateDirectory };
  });
  const [first = {}, ...others] = all;
  return others.reduce((options, other) => withRulesOf(other, options), first);
}

/** What can be understood of a hook's arguments: another version may know more. */
function readArguments(args: readonly string[]): Options {
  const whole = readOptions(OPTION_NAMES, args);
  if (whole.kind === "options") return whole.options;
  const each = args.map((arg) => readOptions(OPTION_NAMES, [arg]));
  return Object.assign({}, ...each.map((read) => read.kind === "options" ? read.options : {}));
}

/** The options, with the settings that are said where none are given. */
export function withRulesOf(said: Options, options: Options): Options {
  const rules = SHARED_NAMES.map((name) => [name, options[name] ?? said[name]] as const)
    .filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(rules) };
}

/** The state directories that the hooks look at, where they name any: one, unless something is wrong. */
export function stateDirectoriesOf(calls: readonly HookCall[]): string[] {
  const named = calls.flatMap((call) => {
    const directory = optionsOfHooks([call]).stateDir;
    return [call.stateDirectory, directory].filter((each) => each !== undefined);
  });
  return [...new Set(named)];
}

/** What the hooks call that are installed in a home; empty where it is not known which file has them. */
export async function hookCalls(
  options: Pick<Options, "provider" | "home" | "hooksPath">,
): Promise<readonly HookCall[]> {
  const harness = harnessOf(options);
  const path = options.hooksPath ?? harness.hooksPath();
  return path === undefined ? [] : await harness.calls(path);
}

/** What the hooks of a home call, where they look at that state directory; else nothing. */
export async function callsThatLookAt(
  path: string,
  home: Pick<Options, "provider" | "home" | "hooksPath">,
): Promise<readonly HookCall[]> {
  const calls = await hookCalls(home);
  const named = stateDirectoriesOf(calls);
  const look = (named.length > 0 ? named : [directoryOf(home)])
    .some((each) => each !== undefined && realPathOf(each) === realPathOf(path));
  return look ? calls : [];
}

/** The options, with the state directory of the installed hooks where none is named. */
export async function withHooksDirectory(options: Options): Promise<Options> {
  if (options.stateDir !== undefined) return options;
  return { ...options, stateDir: optionsOfHooks(await hookCalls(options)).stateDir };
}

function rank({ args }: HookCall): number {
  return args[0] === "start" ? 0 : 1;
}
