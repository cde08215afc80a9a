import { fit, widthOf } from "./fit.ts";
import type { Output } from "./output.ts";

/** A number stays with its unit of time. */
const BETWEEN_WORDS = / (?!(?:s|min|h|d)\b)/;

/**
 * A text in lines of at most so many columns, broken between words; it keeps what it is indented by.
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
  const [first = "", ...words] = text.slice(indent.length).split(BETWEEN_WORDS);
  const lines: string[] = [];
  let line = indent + first;
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (widthOf(longer) <= columns) line = longer;
    else {
      lines.push(line);
      line = hanging + word;
    }
  }
  lines.push(line);
  return lines.map((each) => fit(each, columns, output));
}
