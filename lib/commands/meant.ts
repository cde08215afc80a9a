import type { CommandHandler } from "../cli/command.ts";
import type { Options } from "../cli/options.ts";
import { KINDS } from "../harness/registry.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { hookCalls } from "./hook_options.ts";
import { isHere } from "./named_kinds.ts";
import { directoryOf, ofQuota, providerOf } from "./target.ts";

/*
 * Which harness is meant where nobody names one: those that have hooks of ours, or a daemon that runs.
 * Where none has, the first one that has a home here; where none has that either, the usual one.
 */

/** The options for each quota that is meant; those that name anything are for that. */
export async function eachMeant(options: Options): Promise<Options[]> {
  const each = (await eachWithHooks(options)).map(ofQuota);
  return [...new Map(each.map((one) => [one.provider, one])).values()];
}

/** The options for each harness that is meant; those that name anything are for that. */
export async function eachWithHooks(options: Options): Promise<Options[]> {
  const { provider, home, stateDir, hooksPath } = options;
  if ([provider, home, stateDir, hooksPath].some((each) => each !== undefined)) return [options];
  const all = KINDS.map(({ id }) => ({
    ...options,
    provider: providerOf({ id }),
  }));
  const hooked = await filtered(all, hasOurHooks);
  // A daemon that runs for another one's hooks says nothing of a harness that is not here.
  const quotas = hooked.map((each) => ofQuota(each).provider);
  const inUse = await filtered(
    all,
    async (each) =>
      hooked.includes(each) ||
      (hasDaemon(each) && (!quotas.includes(each.provider) || await isHere(each))),
  );
  if (inUse.length > 0) return inUse;
  const [first = options] = await filtered(all, isHere);
  return [first];
}

async function filtered(
  all: readonly Options[],
  isSo: (options: Options) => Promise<boolean>,
): Promise<Options[]> {
  const are = await Promise.all(all.map(isSo));
  return all.filter((_, index) => are[index]);
}

/** A command that looks at one harness: the first that is meant. */
export function forMeant(handler: CommandHandler): CommandHandler {
  return async (invocation) => {
    const { options } = invocation;
    if (options.all) return await handler(invocation);
    const [first] = await eachMeant(options);
    return await handler({ ...invocation, options: first ?? options });
  };
}

/** True for a harness in whose hooks file hooks of ours are. */
export async function hasOurHooks(options: Options): Promise<boolean> {
  return (await hookCalls(options)).length > 0;
}

/** One may run where the hooks have been removed. That of a quota that is another's too is the other's. */
function hasDaemon(options: Options): boolean {
  if (ofQuota(options).provider !== options.provider) return false;
  const path = directoryOf(options);
  return path !== undefined && new StateDirectory(path).isDaemonAlive();
}
