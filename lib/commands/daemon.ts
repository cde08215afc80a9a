import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { sharedArguments } from "../config/shared.ts";
import { loadSettings } from "../config/load.ts";
import { type DaemonOptions, runDaemon } from "../daemon/daemon.ts";
import { DAEMON_EXIT } from "../daemon/exit_codes.ts";
import { followHomes } from "../daemon/follow_homes.ts";
import { removeTreeElsewhere } from "../files/elsewhere.ts";
import type { Wall } from "../harness/wall.ts";
import { CLOCK } from "../process/clock.ts";
import { onPathOf } from "../process/program_path.ts";
import { toolsOf } from "../sources/tools.ts";
import type { MakeFollower } from "../quota/follower.ts";
import { homeOfDirectory, isForgotten, isGone, knownHomes } from "../state/homes.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { isSourceKnown, sourceOf, witnessesFor } from "./source.ts";
import { existingStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { allHomes, directoryOf, harnessOf, homeOf, kindOf, sameAccount } from "./target.ts";

/** `daemon`: hidden; `start` runs it in a session of its own. */
export async function daemonCommand(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (!isSourceKnown(options)) return EXIT.usage;
  const directory = await existingStateDirectory(options);
  const code = await runInStateDirectory(directory, invocation);
  if (code !== undefined) return code;

  const load = () => loadSettings(settingsOf(options), homeOf(options));
  const sourceFor = (name: string) => sourceOf(name, options, directory);
  if (!sourceFor((await load()).settings.source)) return EXIT.usage;
  const own = new OwnStateDirectory(directory);
  const ended = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(name, () => ended.abort());
  }
  try {
    const ran = await runDaemon({
      directory: own,
      load,
      sourceFor,
      follow: followFor(options, own),
      past: pastFor(options),
      wall: wallFor(options),
      account: options.source === "simulated" ? () => undefined : harnessOf(options).account,
      isHomeGone: goneOnceThere(own, homeOf(options)),
      clearForgotten: () => clearForgotten(own),
      witnessesFor: (name) => witnessesFor(name, options, directory),
      sees: await onPathOf(toolsOf(harnessOf(options))),
      rules: sharedArguments(options),
      signal: ended.signal,
      clock: CLOCK,
    });
    return ran ? EXIT.ok : DAEMON_EXIT.alreadyRunning;
  } catch {
    return DAEMON_EXIT.cannotWrite;
  }
}

/** What a harness's sessions tell of what they use, those of this home and of others of its account. */
function followFor(options: Options, own: StateDirectory): MakeFollower | undefined {
  const harness = harnessOf(options);
  const { home } = harness;
  const mine = harness.follow(own);
  if (options.source === "simulated" || home === undefined || !mine) return undefined;
  return followHomes(
    () => [home, ...sameAccount(harness, allHomes().live)],
    (each) => (follower) => {
      const path = directoryOf({ provider: options.provider, home: each });
      const its = each === home || path === undefined
        ? mine
        : kindOf(options).with(each).follow(new StateDirectory(path));
      return (its ?? mine)(follower);
    },
  );
}

/** What sessions of this home wrote down. */
function pastFor(options: Options): DaemonOptions["past"] {
  return options.source === "simulated" ? undefined : harnessOf(options).pastReadings;
}

/** What is known of sessions that died. */
function wallFor(options: Options): Wall | undefined {
  return options.source === "simulated" ? undefined : harnessOf(options).wall;
}

/** So often in a row it is not to be found: one that is moved, or linked anew, is away for a moment. */
const LOOKS = 2;

/** Tells when a home that was there has gone; one that was never there is one that its agent has yet to make. */
function goneOnceThere(directory: StateDirectory, home: string | undefined): () => boolean {
  let wasThere = home !== undefined && (!isGone(home) || homeOfDirectory(directory) === home);
  let looks = 0;
  return () => {
    const isAway = home === undefined || isGone(home);
    wasThere ||= !isAway;
    looks = wasThere && isAway ? looks + 1 : 0;
    return looks >= LOOKS;
  };
}

/** Clears away what homes that have gone have left; returns what that was. */
async function clearForgotten(directory: StateDirectory): Promise<string[]> {
  const cleared: string[] = [];
  for (const known of knownHomes(directory)) {
    if (known.directory.path === directory.path || !isForgotten(known, CLOCK.now())) continue;
    await removeTreeElsewhere(known.directory.path);
    cleared.push(known.directory.path);
  }
  return cleared;
}
