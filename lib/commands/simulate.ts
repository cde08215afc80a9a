import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { printError } from "../cli/output.ts";
import { runOnStage } from "../simulation/stage.ts";

/** Signals that end a simulation, and their numbers. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * `simulate`: shows a hold and a release in a few seconds, with everything real but the quota.
 * `simulate burst` shows four agents that spend one quota.
 */
export async function simulateCommand({ words }: Invocation): Promise<number> {
  const [word, ...more] = words;
  if (more.length > 0 || (word !== undefined && word !== "burst")) {
    printError(`simulate takes burst, or nothing, not "${words.join(" ")}"`);
    return EXIT.usage;
  }
  const ended = new AbortController();
  let caught = 0;
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      caught = SIGNALS[name];
      ended.abort();
    });
  }
  const parent = Deno.env.get("TMPDIR") || "/tmp";
  const code = await runOnStage(word ?? "hold", parent, ended.signal);
  return caught === 0 ? code : EXIT.signalled + caught;
}
