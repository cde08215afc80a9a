import { OPTION_NAMES, type Options } from "../cli/options.ts";
import { readOptions } from "../cli/parse.ts";
import type { HookCall } from "../harness/harness.ts";
import { harnessOf } from "./target.ts";

/**
 * The options that the installed hooks run with, by what they call: those at a session's start, which
 * starts the daemon, else those of any hook.
 */
export function optionsOfHooks(calls: readonly HookCall[]): Options {
  const [options] = calls.toSorted((a, b) => rank(a) - rank(b)).flatMap(
    ({ args, stateDirectory }) => {
      const read = readOptions(OPTION_NAMES, args.slice(1));
      return read.kind === "options"
        ? [{ ...read.options, stateDir: read.options.stateDir ?? stateDirectory }]
        : [];
    },
  );
  return options ?? {};
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

/** The options, with the state directory of the installed hooks where none is named. */
export async function withHooksDirectory(options: Options): Promise<Options> {
  if (options.stateDir !== undefined) return options;
  return { ...options, stateDir: optionsOfHooks(await hookCalls(options)).stateDir };
}

/** The options with those of the installed hooks, which sessions have, where none is given. */
export async function withHooksOptions(options: Options): Promise<Options> {
  const { provider, home } = options;
  const { quiet: _, ...ofHooks } = optionsOfHooks(await hookCalls({ provider, home }));
  return { ...ofHooks, ...options };
}

function rank({ args }: HookCall): number {
  return args[0] === "start" ? 0 : 1;
}
