import { shellQuote } from "./shell_quote.ts";

/** The name of the script, beside the hooks file. */
export const HOOK_SCRIPT_NAME = "quota-sentry-hook";

/**
 * The script that hooks call: it stands in front of the program, takes the same arguments, and returns
 * at once while the gate is open. All it starts then is `cat`, to take its input to the end. Else, and
 * whenever in doubt, it becomes the program. Where that is gone it lets the agent go on.
 *
 * `kill -0` asks whether the daemon that opened the gate lives; a prompt goes to the program when it
 * does not, and that starts it.
 *
 * @param program Absolute path of the program.
 * @param gate Absolute path of the gate; see `lib/state/gate.ts`.
 */
export function hookScript(program: string, gate: string): string {
  return `#!/bin/sh
# Written by quota-sentry install-hook, and taken away by uninstall-hook.
program=${shellQuote(program)}
gate=${shellQuote(gate)}
{
  word= pid=
  read -r word pid <"$gate"
  case "$1 $2 $word" in
    "guard --state-only open") exec cat >/dev/null ;;
    "guard --start-daemon open") kill -0 "$pid" && exec cat >/dev/null ;;
  esac
  [ -x "$program" ] || exec cat >/dev/null
} 2>/dev/null
exec "$program" "$@"
`;
}
