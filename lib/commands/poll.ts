import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { settingsOf } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import { observe, type Observed } from "../daemon/observe.ts";
import { removeAbandonedFiles } from "../files/replace_file.ts";
import { type Standing, standingOf } from "../guard/standing.ts";
import { CLOCK } from "../process/clock.ts";
import { timeAndDistance } from "../report/words.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { withRules } from "./rules.ts";
import { isSourceKnown, sourceOf, witnessesFor } from "./source.ts";
import { existingStateDirectory, runInStateDirectory, withQuotaHomeOf } from "./state_directory.ts";
import { homeOf } from "./target.ts";

/**
 * `poll`: reads the quota once, writes the state and prints one line. An unknown quota is an answer
 * too: exit 0, unless the exit code is asked to tell.
 */
export async function pollCommand(invocation: Invocation): Promise<number> {
  const asked = await withRules(invocation.options);
  if (!isSourceKnown(asked)) return EXIT.usage;
  const directory = await existingStateDirectory(asked);
  const isNamed = invocation.options.stateDir !== undefined;
  const options = await withQuotaHomeOf(directory, asked, isNamed);
  const code = await runInStateDirectory(directory, { ...invocation, options });
  if (code !== undefined) return code;

  const { settings } = await loadSettings(settingsOf(options), homeOf(options));
  const own = new OwnStateDirectory(directory);
  const source = sourceOf(settings.source, options, directory);
  if (!source) return EXIT.usage;
  try {
    // What a process that was killed just as it wrote the state has left.
    await removeAbandonedFiles(directory);
    const outcome = await observe({
      directory: own,
      source,
      witnesses: witnessesFor(settings.source, options, directory),
      settings,
      nextReadingSeconds: settings.cadence.intervalSeconds,
      unlessFresherThanSeconds: options.unlessFresherThan,
      clock: CLOCK,
    });
    const state = own.state();
    const now = new Date();
    const standing = state && standingOf(state, {
      now,
      isDaemonAlive: own.isDaemonAlive(),
      maxStateAgeSeconds: settings.maxStateAgeSeconds,
    });
    print(`${lineFor(outcome, standing, now)}\n`);
    return options.exitCode ? CODES[standing?.status ?? "unknown"] : EXIT.ok;
  } catch (error) {
    const why = messageOf(error);
    printError(
      `the state could not be written in ${directory} (${why}); sessions go on unguarded until it can`,
    );
    return EXIT.failed;
  }
}

const CODES = { open: EXIT.ok, blocked: EXIT.blocked, unknown: EXIT.unknown } as const;

/** What stands in the state, whatever was read: that is what agents are held on. */
function lineFor({ kind }: Observed, standing: Standing | undefined, now: Date): string {
  if (kind === "aborted" || !standing) return "nothing read";
  const { status, reason, until, despite, lastKnown } = standing;
  const then = lastKnown ? `; it was ${lastKnown.status}: ${lastKnown.reason}` : "";
  const agents = despite !== undefined
    ? `; ${despite}`
    : status === "blocked" && until
    ? `; agents wait until ${timeAndDistance(until, now)}`
    : status === "unknown" && !until
    ? "; agents go on"
    : "";
  return `${status}: ${reason}${then}${agents}${kind === "fresh" ? " (read before)" : ""}`;
}
