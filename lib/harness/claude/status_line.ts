import { shellQuote } from "../../text/shell_quote.ts";
import { hookCommand } from "../hooks/hook_command.ts";
import script from "./quota-sentry-statusline.sh" with { type: "text" };

/** The name of the script, beside the settings. */
export const STATUS_LINE_NAME = "quota-sentry-statusline";

/** What the script is written with. */
export interface StatusLine {
  /** Absolute path of the program. */
  readonly program: string;
  /** Absolute path of the state directory. */
  readonly stateDirectory: string;
  /** The command of the user's own status line; undefined for none. */
  readonly own: string | undefined;
}

/**
 * The script that stands in the place of Claude Code's status line, which alone is told the quota of a
 * subscription. It starts `cat`, and what it shows. It is for `sh` as POSIX has it.
 */
export function statusLineScript({ program, stateDirectory, own }: StatusLine): string {
  return script
    .replace("program=PROGRAM", () => `program=${shellQuote(program)}`)
    .replace("state=STATE", () => `state=${shellQuote(stateDirectory)}`)
    .replace("own=OWN", () => `own=${own === undefined ? "" : shellQuote(own)}`);
}

/** The command that Claude Code is given; it shows nothing where the script has gone. */
export function statusLineCommand(path: string): string {
  return hookCommand(path, [], []);
}

/** Whether a command can stand in the script: on one line. */
export function isWrappable(own: string | undefined): boolean {
  return own === undefined || !/[\r\n]/.test(own);
}
