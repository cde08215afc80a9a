import type { OptionName, Options } from "./options.ts";

/** A finished parse: what a command gets. */
export interface Invocation {
  readonly command: Command;
  readonly options: Options;
  /** Words behind the command. */
  readonly words: readonly string[];
  /** All commands, for those that tell of them. */
  readonly commands: readonly Command[];
}

/** Runs a command and returns its exit code. */
export type CommandHandler = (invocation: Invocation) => Promise<number>;

/** A command line, as it is typed into a shell, and what it is for, in a few words. */
export type Example = readonly [line: string, does: string];

/** What the next word may be, each with what it means and what may follow it; for completion. */
export interface Words {
  readonly [word: string]: { readonly help?: string; readonly next?: Words };
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** More for `COMMAND --help`; joined and wrapped there. An empty line begins a paragraph. */
  readonly details: readonly string[];
  readonly options: readonly OptionName[];
  /** Two, in the help and on the manual page; a hidden command needs none. */
  readonly examples?: readonly Example[];
  /** Writes in the directory that it is started in; every other command gives up writing at once. */
  readonly writes?: boolean;
  /** For our own processes: left out of the help. */
  readonly hidden?: boolean;
  /** What stands behind the command, in the help, where words may; without it none may. */
  readonly takesWords?: string;
  /** Those of its words that are known beforehand; `commands` is the names of all commands. */
  readonly completes?: Words | "commands";
  /** Its words name settings, which somebody may write as the options of other commands. */
  readonly takesSettings?: boolean;
  /** Loads the handler; nothing is loaded for the other commands. */
  readonly load: () => Promise<CommandHandler>;
}

/** The commands that people are told of. */
export function shown(commands: readonly Command[]): Command[] {
  return commands.filter(({ hidden }) => !hidden);
}

/** What is said of a command beside its summary, as paragraphs. */
export function paragraphsOf({ details }: Command): string[] {
  return details.length === 0 ? [] : details.map((line) => line || "\n").join(" ").split(" \n ");
}

/** The summary as a sentence. */
export function sentenceOf({ summary }: Command): string {
  return `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
}
