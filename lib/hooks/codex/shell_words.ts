/**
 * Splits a command that {@linkcode shellQuote} and plain words made into its words.
 *
 * @returns undefined for anything that needs a shell to be understood.
 */
export function shellWords(command: string): string[] | undefined {
  const words: string[] = [];
  const word = /\s*((?:'[^']*'|\\'|[A-Za-z0-9_@%+=:,./-])+)(?=\s|$)/y;
  while (word.lastIndex < command.trimEnd().length) {
    const [, raw] = word.exec(command) ?? [];
    if (raw === undefined) return undefined;
    words.push(raw.replace(/'([^']*)'|\\(')/g, (_, quoted, escaped) => escaped ?? quoted));
  }
  return words;
}
