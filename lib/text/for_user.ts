/** A message longer than this is cut; the state and the log are read in one line. */
const MAX_LENGTH = 200;

/** No path: the directories of homes have an @ in their names. */
const EMAIL = /[^\s@"'<>()/]+@[^\s@"'<>()/]+\.[^\s@"'<>()/]+/g;

/**
 * Makes text from outside fit for a terminal, the state and the log: one line, no control or
 * formatting characters, no e-mail address, at most {@linkcode MAX_LENGTH} characters.
 */
export function forUser(text: string): string {
  // Cut first: the rest then costs the same for any length.
  const line = text.slice(0, MAX_LENGTH * 10)
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .replace(EMAIL, "(account)")
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1).trimEnd()}…` : line;
}
