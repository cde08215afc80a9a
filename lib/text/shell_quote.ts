/** Quotes a word for a shell: the same text in sh, bash, zsh and fish (but for backslashes in fish). */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
