import type { Invocation } from "../cli/command.ts";
import { codexHome } from "../harness/codex/home.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { loadSettings } from "../config/load.ts";
import { runDaemon } from "../daemon/daemon.ts";
import type { MakeFollower } from "../quota/follower.ts";
import { SessionFollower } from "../harness/codex/sessions/follow.ts";
import { DAEMON_EXIT } from "../daemon/exit_codes.ts";
import { CLOCK } from "../process/clock.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { toolsOnPath } from "../process/program_path.ts";
import { existingStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { isSourceKnown, sourceOf, witnessesFor } from "./source.ts";

/** `daemon`: hidden; `start` runs it in a session of its own. */
export async function daemonCommand(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (!isSourceKnown(options)) return EXIT.usage;
  const directory = await existingStateDirectory(options);
  const code = await runInStateDirectory(directory, invocation);
  if (code !== undefined) return code;

  const load = () => loadSettings(settingsOf(options), codexHome());
  const sourceFor = (name: string) => sourceOf(name, options, directory);
  if (!sourceFor((await load()).settings.source)) return EXIT.usage;
  const ended = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(name, () => ended.abort());
  }
  try {
    const ran = await runDaemon({
      directory: new OwnStateDirectory(directory),
      load,
      sourceFor,
      follow: followFor(options),
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
function followFor({ provider = "codex", source }: Options): MakeFollower | undefined {
  const home = codexHome();
  if (provider !== "codex" || source === "simulated" || home === undefined) return undefined;
  return (follower) => new SessionFollower({ ...follower, home });
}
