import { shellQuote } from "../../text/shell_quote.ts";

/**
 * The command line of a hook, the same for bash, dash, zsh and fish.
 *
 * `exec` leaves no shell in between: a hook that waits for hours is one process, and its parent is
 * Codex itself, whose end it notices. Where the program is gone (uninstalled, or on a disk that is
 * away) the hook is silence and exit 0. It does not take its input then: Codex 0.158 to 0.169 report
 * nothing, whatever is left of a prompt of 1 MB, while a `cat` would hang where stdin stays open.
 *
 * @param program Absolute path of what is called.
 * @param words The command and the options that are the same for everybody, of plain letters.
 * @param args What the user asked for.
 */
export function hookCommand(
  program: string,
  words: readonly string[],
  args: readonly string[],
): string {
  const quoted = shellQuote(program);
  const call = [quoted, ...words, ...args.map(shellQuote)].join(" ");
  return `[ -x ${quoted} ] && exec ${call}; true`;
}

const GUARDED = /^\[ -x (?<program>(?:'[^']*'|\\')+) \] && exec (?<call>.+); true$/;

/**
 * The words that a hook of ours calls, its program first: of {@linkcode hookCommand}'s form, or of the
 * plain one that earlier versions wrote.
 *
 * @returns undefined for anything that needs a shell to be understood.
 */
export function hookWords(command: string): string[] | undefined {
  const guarded = GUARDED.exec(command)?.groups;
  if (guarded === undefined) return shellWords(command);
  const words = shellWords(guarded.call ?? "");
  const [tested, ...more] = shellWords(guarded.program ?? "") ?? [];
  return words && words[0] === tested && more.length === 0 ? words : undefined;
}

const WORD = /\s*((?:'[^']*'|"(?:[^"\\`$]|\$(?!\()|\\.)*"|\\.|[^\s'"\\`;|&<>(){}#!*?])+)(?=\s|$)/y;
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g;

/**
 * Splits a command line into its words. What a shell would put in for `~` or `$HOME` stays as it is.
 *
 * @returns undefined for anything that needs a shell to be understood.
 */
export function shellWords(command: string): string[] | undefined {
  const words: string[] = [];
  const length = command.trimEnd().length;
  for (WORD.lastIndex = 0; WORD.lastIndex < length;) {
    const [, raw] = WORD.exec(command) ?? [];
    if (raw === undefined) return undefined;
    words.push(
      raw.replace(
        PART,
        (_, single, double, escaped) => single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped,
      ),
    );
  }
  return words;
}
