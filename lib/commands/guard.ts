import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { OptionName } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { lastReading } from "../harness/codex/sessions/last_reading.ts";
import { guard, verboseLine } from "../guard/guard.ts";

/**
 * `guard`, as the full command line runs it. Hooks take the short way in `main.ts`, which loads
 * neither an argument parser nor this.
 */
export async function guardCommand({ options, given }: Invocation): Promise<number> {
  const asked = (name: OptionName) => given.includes(name);
  const outcome = await guard({
    ...options,
    thresholdPercent: asked("threshold-percent") ? options.thresholdPercent : undefined,
    resetBufferSeconds: asked("reset-buffer-seconds") ? options.resetBufferSeconds : undefined,
    intervalSeconds: asked("interval-seconds") ? options.intervalSeconds : undefined,
    maxStateAgeSeconds: asked("max-state-age-seconds") ? options.maxStateAgeSeconds : undefined,
    source: asked("source") ? options.source : undefined,
  }, (path) => lastReading(path, new Date()));
  if (options.verbose) print(`${verboseLine(outcome)}\n`);
  return EXIT.ok;
}
