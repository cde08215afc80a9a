import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { settingsOf } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import { CLOCK } from "../process/clock.ts";
import { BUSY, takeOn } from "../revive/bring_back.ts";
import { circumstancesIn } from "../revive/circumstances.ts";
import { judge } from "../revive/judge.ts";
import { awaitTurn } from "../revive/turn.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { isOfDeath } from "../state/revivals.ts";
import { withRules } from "./rules.ts";
import { existingStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { harnessOf, homeOf } from "./target.ts";

/** How often to look where it is another's turn, in milliseconds. */
const LOOK_EVERY_MS = 200;

/** Those that were held before it go on first, and others that come back: a long queue of them. */
const PATIENCE_MS = 15 * 60_000;

/**
 * `take-on`: hidden; `resume-of` has this program take on a run that died, whose session is named: it is
 * written down that it goes on, and nobody else does it. Prints why not, and exits 1, where it is not to
 * be.
 */
export async function takeOnCommand(invocation: Invocation): Promise<number> {
  const options = await withRules(invocation.options);
  const path = await existingStateDirectory(options);
  const code = await runInStateDirectory(path, { ...invocation, options });
  if (code !== undefined) return code;
  const why = await whyNot({ ...invocation, options }, new OwnStateDirectory(path));
  if (why === undefined) return EXIT.ok;
  print(`${why}\n`);
  return EXIT.failed;
}

async function whyNot(
  { options, words }: Invocation,
  directory: OwnStateDirectory,
): Promise<string | undefined> {
  const { wall } = harnessOf(options);
  const deaths = await wall?.deaths(CLOCK.now()) ?? [];
  const death = deaths.find(({ session }) => session === words[0]);
  if (!wall || !death) return "somebody has gone on with it";
  const { settings } = await loadSettings(settingsOf(options), homeOf(options));
  const circumstances = () => circumstancesIn(directory, settings, CLOCK.now);
  const deadline = CLOCK.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const patienceMs = deadline - CLOCK.monotonicMs();
    const early = await awaitTurn(death, circumstances, {
      clock: CLOCK,
      patienceMs,
      isOpenEnded: true,
    });
    const why = early ?? await takeOn(death, {
      directory,
      wall,
      clock: CLOCK,
      whyNot: async (revivals) => {
        const fate = judge(death, await circumstances());
        if (fate.kind !== "ready") return fate.kind === "wait" ? BUSY : fate.why;
        return await wall.doubt(death, revivals.find((each) => isOfDeath(each, death)));
      },
    });
    // Others that come back in this moment go on first.
    if (why !== BUSY || patienceMs <= 0) return why;
    await CLOCK.delay(LOOK_EVERY_MS);
  }
}
