import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { stopDaemon } from "../daemon/stop_daemon.ts";
import { stateDirectory } from "../state/location.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { shellQuote } from "../text/shell_quote.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { eachMeant } from "./meant.ts";
import { ownStateDirectory } from "./state_directory.ts";
import { inEachHome } from "./target.ts";

/** `stop`: asks the daemon to end and waits until it has. */
export async function stop({ options }: Invocation): Promise<number> {
  return await inEachHome(options, stopIn, eachMeant);
}

async function stopIn(options: Options): Promise<number> {
  const directory = new StateDirectory(ownStateDirectory(await withHooksDirectory(options)));
  switch (await stopDaemon(directory)) {
    case "not-running":
      print("daemon not running\n");
      await tellWaiting(directory);
      return EXIT.ok;
    case "stopped":
      print("daemon stopped\n");
      await tellWaiting(directory);
      return EXIT.ok;
    case "timeout":
      printError(noAnswer(directory));
      return EXIT.failed;
  }
}

/** What is said of a daemon that was asked to end and has not. */
export function noAnswer(directory: StateDirectory): string {
  const pid = directory.daemonPid();
  const how = pid ? `To end it now: kill -KILL ${pid}` : "Which process it is was not written down";
  return `the daemon does not answer; it ends as soon as it does. ${how}`;
}

async function tellWaiting(directory: StateDirectory): Promise<void> {
  const waiting = await waitingIn(directory);
  const line = waitingLine(waiting, "each reads the quota itself", directory.path);
  if (line !== undefined) print(`${line}\n`);
}

/**
 * How many agents wait, and what happens to them; undefined where none does.
 *
 * @param how How they go on waiting.
 * @param directory Their state directory.
 */
export function waitingLine(
  waiting: readonly unknown[],
  how: string,
  directory: string,
): string | undefined {
  if (waiting.length === 0) return undefined;
  const who = waiting.length === 1 ? "1 agent is" : `${waiting.length} agents are`;
  const isUsual = stateDirectory({}, Deno.env.get, Deno.cwd) === directory;
  const option = isUsual ? "" : ` --state-dir=${shellQuote(directory)}`;
  return `${who} waiting, and will until the reset: ${how}. ` +
    `To let them go: quota-sentry pause${option}`;
}
