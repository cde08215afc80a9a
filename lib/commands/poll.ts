import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { settingsOf, toArguments } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import { poll, type PollOutcome } from "../poll/poll.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import { existingStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { sourceOf, witnessesFor } from "./source.ts";

/**
 * `poll`: reads the quota once, writes the state and prints one line. An unknown quota is an answer
 * too: exit 0.
 */
export async function pollCommand({ options, given }: Invocation): Promise<number> {
  const directory = await existingStateDirectory(options);
  const args = toArguments(options, given.filter((name) => name !== "state-dir"));
  const code = await runInStateDirectory(directory, "poll", args);
  if (code !== undefined) return code;

  const { settings } = await loadSettings(settingsOf(options));
  const source = sourceOf(settings.source, options, directory);
  if (!source) return EXIT.usage;
  try {
    const outcome = await poll({
      directory,
      source,
      witnesses: witnessesFor(settings.source, options),
      settings,
      nextReadingSeconds: settings.cadence.intervalSeconds,
      unlessFresherThanSeconds: options.unlessFresherThan,
      now: () => new Date(),
    });
    print(`${lineFor(outcome)}\n`);
    return EXIT.ok;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    printError(
      `the state could not be written in ${directory} (${why}); sessions go on unguarded until it can`,
    );
    return EXIT.failed;
  }
}

function lineFor(outcome: PollOutcome): string {
  switch (outcome.kind) {
    case "fresh":
      return `${outcome.state.status}: ${outcome.state.reason} (read before)`;
    case "aborted":
      return "nothing read";
    case "decided": {
      const { decision } = outcome;
      const until = decision.status === "blocked"
        ? `; agents wait until ${formatTimestamp(decision.blockedUntil)}`
        : decision.status === "unknown"
        ? "; agents go on"
        : "";
      return `${decision.status}: ${decision.reason}${until}`;
    }
  }
}
