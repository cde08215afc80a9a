import { fit, widthOf } from "./fit.ts";
import type { Output } from "./output.ts";

/**
 * A text in lines of at most so many columns, broken between words.
 *
 * @param hanging What stands before each line but the first, within its columns.
 */
export function wrap(
  text: string,
  columns: number,
  output: Pick<Output, "isUtf8">,
  hanging = "",
): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && line !== hanging && widthOf(longer) > columns) {
      lines.push(line);
      line = hanging + word;
    } else line = line === hanging ? hanging + word : longer;
  }
  lines.push(line);
  return lines.map((each) => fit(each, columns, output));
}
