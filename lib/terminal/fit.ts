import stringWidth from "fast-string-width";
import type { Output } from "./output.ts";

/** How wide a text is shown, in columns; colours take none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** What ASCII has in the place of what we write ourselves. */
const IN_ASCII: Readonly<Record<string, string>> = {
  "…": "...",
  "·": "-",
  "–": "-",
  "→": "->",
  "↻": "~",
};

/** A text as the output can show it: in ASCII, what it has no character for is a question mark. */
export function shown(text: string, { isUtf8 }: Pick<Output, "isUtf8">): string {
  // Control characters are colours; nothing from outside has any.
  return isUtf8 ? text : text.replace(/[^\0-\x7f]/gu, (character) => IN_ASCII[character] ?? "?");
}

/**
 * A text without colours, as the output can show it, in at most so many columns.
 *
 * @param keep Which end of one that is too long is kept; of a path it is the last part that tells.
 */
export function fit(
  text: string,
  columns: number,
  output: Pick<Output, "isUtf8">,
  keep: "start" | "end" = "start",
): string {
  const whole = shown(text, output);
  if (widthOf(whole) <= columns) return whole;
  const cut = shown("…", output);
  const room = columns - widthOf(cut);
  if (room <= 0) return cut.slice(0, Math.max(0, columns));
  const parts = [...new Intl.Segmenter().segment(whole)].map(({ segment }) => segment);
  if (keep === "end") parts.reverse();
  const kept: string[] = [];
  for (let width = 0, index = 0; index < parts.length; index++) {
    width += widthOf(parts[index]!);
    if (width > room) break;
    kept.push(parts[index]!);
  }
  return keep === "end" ? cut + kept.reverse().join("") : kept.join("") + cut;
}

/** A text with blanks behind it up to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}
