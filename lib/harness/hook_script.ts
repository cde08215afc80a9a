import { shellQuote } from "../text/shell_quote.ts";
import script from "./quota-sentry-hook.sh" with { type: "text" };

/** The name of the script, beside the hooks file. */
export const HOOK_SCRIPT_NAME = "quota-sentry-hook";

/**
 * The script that hooks call: it stands in front of the program and takes the same arguments.
 *
 * While the gate is open it returns at once, and all that it starts is `cat`, to take its input to the
 * end. Else, and whenever in doubt, the program decides; where that is gone the agent goes on. While a
 * session is held the script waits, on a pipe of its own: the daemon and `pause` write what has
 * happened into it (`lib/state/wake.ts`), and a timer writes when time is up (`lib/guard/hold/in_script.ts` says
 * how long, and what then). At each line it looks whether the harness lives; the timer looks whether
 * the daemon does.
 * Where no daemon is there to tell of anything, or no pipe can be made, the program waits itself.
 *
 * It is for `sh` as POSIX has it.
 *
 * @param program Absolute path of the program.
 * @param stateDirectory Absolute path of the state directory.
 */
export function hookScript(program: string, stateDirectory: string): string {
  return hookScriptFor(program).replace("state=STATE", () => `state=${shellQuote(stateDirectory)}`);
}

/** The same, in which `state=STATE` is still to be replaced: for who has several states. */
export function hookScriptFor(program: string): string {
  return script.replace("program=PROGRAM", () => `program=${shellQuote(program)}`);
}
