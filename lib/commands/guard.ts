import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import { guard, verboseLine } from "../guard/guard.ts";
import { callerOf } from "../harness/callers.ts";

/**
 * `guard`, as the full command line runs it. Hooks take the short way in `main.ts`, which loads
 * neither an argument parser nor this.
 */
export async function guardCommand({ options }: Invocation): Promise<number> {
  const outcome = await guard(options, () => callerOf(options.provider));
  if (options.verbose) print(`${verboseLine(outcome)}\n`);
  return EXIT.ok;
}
