import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { whatFailed } from "../daemon/start_outcome.ts";
import { realPathOf } from "../files/real_path.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { shown } from "./held_sessions.ts";
import { hookCalls, optionsOfHooks } from "./hook_options.ts";
import { installIn } from "./install_hook.ts";
import { startIn } from "./start.ts";
import { directoryOf, homesThere, type NamedHome } from "./target.ts";

/**
 * `renew`: hidden; what an installer calls when it has replaced the program. Hooks that call it become
 * this version's, and a daemon that runs is replaced by one of this build. Those that are held stay so.
 */
export async function renew(_: Invocation): Promise<number> {
  let code: number = EXIT.ok;
  for (const each of homesThere()) {
    try {
      await renewIn(each);
    } catch (error) {
      printError(`${shown(each.home)}: ${messageOf(error)}`);
      code = EXIT.failed;
    }
  }
  return code;
}

async function renewIn(named: NamedHome): Promise<void> {
  const calls = await hookCalls(named);
  const program = realPathOf(Deno.execPath());
  // Another one's hooks are for that one to renew.
  if (!calls.some((call) => realPathOf(call.program) === program)) return;
  const { outcome } = await installIn(named);
  if (outcome.kind === "failed") throw new Error(outcome.message);
  if (outcome.hasChanged) print(`${shown(named.home)}: ${outcome.lines.join("\n")}\n`);
  const options = { stateDir: optionsOfHooks(calls).stateDir, ...named };
  const directory = directoryOf(options);
  if (directory === undefined || !new StateDirectory(directory).isDaemonAlive()) return;
  const daemon = await startIn(options);
  if (daemon.kind === "failed") {
    throw new Error(`the daemon ${whatFailed(daemon)}: ${daemon.reason}`);
  }
  if (daemon.kind === "started") print(`The daemon was replaced: pid ${daemon.pid}.\n`);
}
