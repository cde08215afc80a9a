import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { isScenario, SCENARIO_NAMES, SCENARIOS } from "../simulation/names.ts";
import { runOnStage } from "../simulation/stage.ts";
import { nearest } from "../text/nearest.ts";
import { showReplay } from "./replay.ts";

/** Signals that end a simulation, and their numbers. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * `simulate`: shows a scenario in a few seconds, with everything real but the quota. With `--replay`, what
 * the settings would have done with readings of the past.
 */
export async function simulateCommand({ words, options }: Invocation): Promise<number> {
  if (options.replay !== undefined) return await showReplay(options.replay, words, options);
  if (options.set !== undefined || options.json) {
    printError("simulate takes --set and --json only with --replay");
    return EXIT.usage;
  }
  const [name = SCENARIO_NAMES[0]!, ...more] = words;
  if (more.length > 0) {
    printError(`simulate takes one scenario, not "${words.join(" ")}"`);
    return EXIT.usage;
  }
  if (!isScenario(name)) {
    const near = nearest(name, SCENARIO_NAMES);
    const hint = near === undefined ? "see: quota-sentry simulate --list" : `did you mean ${near}?`;
    printError(`there is no scenario "${name}"; ${hint}`);
    return EXIT.usage;
  }
  if (options.list) {
    print(list());
    return EXIT.ok;
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
  const speed = options.speed === undefined ? [] : [`--speed=${options.speed}`];
  const code = await runOnStage([name, ...speed], parent, ended.signal);
  return caught === 0 ? code : EXIT.signalled + caught;
}

function list(): string {
  const width = Math.max(...SCENARIO_NAMES.map((name) => name.length));
  return SCENARIO_NAMES.map((name) => `${name.padEnd(width)}  ${SCENARIOS[name]}\n`).join("");
}
