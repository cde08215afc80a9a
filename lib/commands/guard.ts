import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import type { GuardOptions } from "../guard/arguments.ts";
import { guard, verboseLine } from "../guard/guard.ts";

/**
 * `guard`, as the full command line runs it. Hooks take the short way in `main.ts`, which loads
 * neither an argument parser nor this.
 */
export async function guardCommand({ options, given }: Invocation): Promise<number> {
  const asked: GuardOptions = {
    ...options,
    thresholdPercent: given.includes("threshold-percent") ? options.thresholdPercent : undefined,
    resetBufferSeconds: given.includes("reset-buffer-seconds")
      ? options.resetBufferSeconds
      : undefined,
    source: given.includes("source") ? options.source : undefined,
  };
  const outcome = await guard(asked);
  if (options.verbose) print(`${verboseLine(outcome)}\n`);
  return EXIT.ok;
}
