import { shellQuote } from "./shell_quote.ts";

/**
 * A word as a person would write it for a shell: quoted where it has to be. One that begins with `=` is
 * quoted, since zsh takes that for a program's name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shellWord } from "./shell_word.ts";
 *
 * assertEquals(shellWord("--home=/srv/codex"), "--home=/srv/codex");
 * assertEquals(shellWord("go on"), "'go on'");
 * ```
 */
export function shellWord(word: string): string {
  return /^[\w./@%+:,-][\w./@%+:,=-]*$/.test(word) ? word : shellQuote(word);
}
