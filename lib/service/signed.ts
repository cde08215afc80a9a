import { digestOf } from "../files/digest.ts";

/** So much of a digest tells whether a text is still the one that was written. */
const DIGITS = 16;

/** How a comment is written in a kind of file. */
export interface Comment {
  readonly begin: string;
  readonly end: string;
}

/** A text with a line in front that says whose it is, and by which it is known again. */
export async function signed(
  { before = "", body }: { readonly before?: string; readonly body: string },
  { begin, end }: Comment,
): Promise<string> {
  const says = `Written by quota-sentry service install (${await digestFor(before, body)}); ` +
    "quota-sentry service uninstall takes it away.";
  return `${before}${begin} ${says}${end}\n${body}`;
}

/** True for a text that {@linkcode signed} has written, and nobody has changed since. */
export async function isAsSigned(text: string): Promise<boolean> {
  const match = /^.*Written by quota-sentry service install \(([0-9a-f]+)\);.*\n/m.exec(text);
  if (match === null) return false;
  const { 0: line, 1: digest, index } = match;
  return digest === await digestFor(text.slice(0, index), text.slice(index + line.length));
}

async function digestFor(before: string, body: string): Promise<string> {
  return (await digestOf(new TextEncoder().encode(before + body))).slice(0, DIGITS);
}
