import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { loadSettings } from "../config/load.ts";
import { type DaemonOptions, runDaemon } from "../daemon/daemon.ts";
import { DAEMON_EXIT } from "../daemon/exit_codes.ts";
import { followHomes } from "../daemon/follow_homes.ts";
import { removeTreeElsewhere } from "../files/elsewhere.ts";
import { SessionFollower } from "../harness/codex/sessions/follow.ts";
import type { Wall } from "../harness/wall.ts";
import { CLOCK } from "../process/clock.ts";
import { toolsOnPath } from "../process/program_path.ts";
import type { MakeFollower } from "../quota/follower.ts";
import { homeOfDirectory, isForgotten, isGone, knownHomes } from "../state/homes.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { isSourceKnown, sourceOf, witnessesFor } from "./source.ts";
import { existingStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { allHomes, codexOf, homeOf, sameAccount } from "./target.ts";

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
      follow: followFor(options),
      past: pastFor(options),
      wall: wallFor(options),
      isHomeGone: goneOnceThere(own, homeOf(options)),
      clearForgotten: () => clearForgotten(own),
      witnessesFor: (name) => witnessesFor(name, options),
      sees: await toolsOnPath(),
      signal: ended.signal,
      clock: CLOCK,
    });
    return ran ? EXIT.ok : DAEMON_EXIT.alreadyRunning;
  } catch {
    return DAEMON_EXIT.cannotWrite;
  }
}

/** Codex's sessions tell what they use; of other providers nothing is known here. */
function followFor(options: Options): MakeFollower | undefined {
  const { provider = "codex", source } = options;
  const harness = codexOf(options);
  const { home } = harness;
  if (provider !== "codex" || source === "simulated" || home === undefined) return undefined;
  return followHomes(
    () => [home, ...sameAccount(harness, allHomes().live)],
    (each) => (follower) => new SessionFollower({ ...follower, home: each }),
  );
}

/** What Codex's sessions of this home wrote down. */
function pastFor(options: Options): DaemonOptions["past"] {
  const { provider = "codex", source } = options;
  return provider === "codex" && source !== "simulated" ? codexOf(options).pastReadings : undefined;
}

/** Only Codex's sessions are known. */
function wallFor(options: Options): Wall | undefined {
  const { provider = "codex", source } = options;
  return provider === "codex" && source !== "simulated" ? codexOf(options).wall : undefined;
}

/** So often in a row it is not to be found: one that is moved, or linked anew, is away for a moment. */
const LOOKS = 2;

/** Tells when a home that was there has gone; one that was never there is one that Codex has yet to make. */
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
