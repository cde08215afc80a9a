import { fit, shown, widthOf } from "./fit.ts";
import type { Output } from "./output.ts";

/** A time is one word: `7 h 39 min`, `(in 3 d 4 h)`, `7 s ago`. */
const BETWEEN_WORDS = / (?!(?:s|min|h|d|ago)\b)(?<!\d (?:h|d) (?=\d+ (?:h|min)\b))(?<!\(in )/;

/**
 * A text in lines of at most so many columns, broken between words; it keeps what it is indented by.
 * A word that is longer goes on in the next line: it may be a command, which nobody can type in part.
 *
 * @param hanging What stands before each line but the first, within its columns.
 */
export function wrap(
  text: string,
  columns: number,
  output: Pick<Output, "isUtf8">,
  hanging = "",
): string[] {
  const [indent = ""] = /^ */.exec(text) ?? [];
  const [first = "", ...words] = shown(text.slice(indent.length), output)
    .split(BETWEEN_WORDS);
  const lines: string[] = [];
  let line = "";
  const put = (text: string) => {
    const parts = broken(text, columns, hanging);
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1)!;
  };
  put(indent + first);
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (widthOf(longer) <= columns) line = longer;
    else {
      lines.push(line);
      put(hanging + word);
    }
  }
  return [...lines, line].map((each) => fit(each, columns, output));
}

/**
 * A line for people: on a terminal what is too long goes on below, a little further in; elsewhere it
 * stays whole.
 */
export function laidOut(
  line: string,
  output: Pick<Output, "columns" | "isTerminal" | "isUtf8">,
  hanging = `  ${/^ */.exec(line)![0]}`,
): string[] {
  return output.isTerminal ? wrap(line, output.columns, output, hanging) : [shown(line, output)];
}

/** A line, in several where it is too long. */
function broken(line: string, columns: number, hanging: string): string[] {
  if (widthOf(line) <= columns) return [line];
  const lines: string[] = [];
  let part = "";
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (part.trim() !== "" && widthOf(part + segment) > columns) {
      lines.push(part);
      part = hanging;
    }
    part += segment;
  }
  return [...lines, part];
}
