import { styleText } from "node:util";
import type { Output } from "./output.ts";

/** How text may look. */
export type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the output has colours. */
export function paint(
  { hasColour }: Pick<Output, "hasColour">,
  style: Style,
  text: string,
): string {
  return hasColour && text !== "" ? styleText(style, text, { validateStream: false }) : text;
}
