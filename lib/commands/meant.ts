import type { CommandHandler } from "../cli/command.ts";
import type { Options } from "../cli/options.ts";
import { KINDS, USUAL_KIND } from "../harness/registry.ts";
import { harnessOf, ofQuota } from "./target.ts";

/*
 * Which harness is meant where nobody names one: those that have hooks of ours; where none has, the usual
 * one.
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
    provider: id === USUAL_KIND.id ? undefined : id,
  }));
  const have = await Promise.all(all.map(hasOurHooks));
  const meant = all.filter((_, index) => have[index]);
  return meant.length > 0 ? meant : [options];
}

/** A command that looks at one harness: the first that is meant. What a hook calls says whose it is. */
export function forMeant(handler: CommandHandler): CommandHandler {
  return async (invocation) => {
    const { options } = invocation;
    if (options.quiet || options.all) return await handler(invocation);
    const [first] = await eachMeant(options);
    return await handler({ ...invocation, options: first ?? options });
  };
}

/** True for a harness in whose hooks file hooks of ours are. */
export async function hasOurHooks(options: Options): Promise<boolean> {
  const harness = harnessOf(options);
  const path = harness.hooksPath();
  return path !== undefined && (await harness.calls(path)).length > 0;
}
