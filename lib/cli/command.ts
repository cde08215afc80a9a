import type { OptionName, Options } from "./options.ts";

/** A finished parse: what a command gets. */
export interface Invocation {
  readonly command: Command;
  readonly options: Options;
  /** Words behind the command. */
  readonly words: readonly string[];
}

/** Runs a command and returns its exit code. */
export type CommandHandler = (invocation: Invocation) => Promise<number>;

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** More for `COMMAND --help`, in lines. */
  readonly details: readonly string[];
  readonly options: readonly OptionName[];
  /** Writes in the directory that it is started in; every other command gives up writing at once. */
  readonly writes?: boolean;
  /** For our own processes: left out of the help. */
  readonly hidden?: boolean;
  /** What stands behind the command, in the help, where words may; without it none may. */
  readonly takesWords?: string;
  /** Its words name settings, which somebody may write as the options of other commands. */
  readonly takesSettings?: boolean;
  /** Loads the handler; nothing is loaded for the other commands. */
  readonly load: () => Promise<CommandHandler>;
}
