import { createAnsiSequenceParser } from "ansi-sequence-parser";
import stringWidth from "fast-string-width";

/** Sizes of a cell of the terminal, and what is left around all of them, in pixels. */
const CELL = { width: 8.4, height: 18 };
const MARGIN = 16;

/** The colours of the sixteen names, on a dark ground. */
const COLOURS: Readonly<Record<string, string>> = {
  black: "#484f58",
  red: "#ff7b72",
  green: "#7ee787",
  yellow: "#e3b341",
  blue: "#79c0ff",
  magenta: "#d2a8ff",
  cyan: "#76e3ea",
  white: "#e6edf3",
};
const GROUND = "#0d1117";
const TEXT = "#e6edf3";

/**
 * Draws what a program wrote to a terminal as an SVG: each piece of text where its cells are, so that it
 * looks the same whatever the font is.
 *
 * @param text As it was written, with its colours.
 * @param columns Of the terminal.
 */
export function drawTerminal(text: string, columns: number): string {
  const lines = text.replaceAll("\r\n", "\n").replace(/\n+$/, "").split("\n");
  const parser = createAnsiSequenceParser();
  const rows = lines.map((line, row) => drawLine(parser.parse(line), row)).join("");
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" ` +
    `font-size="14">\n<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>\n${rows}</svg>\n`;
}

/** A piece of text that looks the same all along. */
type Piece = ReturnType<ReturnType<typeof createAnsiSequenceParser>["parse"]>[number];

function drawLine(pieces: readonly Piece[], row: number): string {
  const y = MARGIN + (row + 0.75) * CELL.height;
  let column = 0;
  return pieces.map(({ value, foreground, decorations }) => {
    const x = MARGIN + column * CELL.width;
    const cells = stringWidth(value);
    column += cells;
    if (value.trim() === "") return "";
    const colour = colourOf(foreground);
    const looks = [
      decorations.has("bold") ? ' font-weight="bold"' : "",
      decorations.has("dim") ? ' opacity="0.6"' : "",
    ].join("");
    return `<text x="${x.toFixed(1)}" y="${y}" fill="${colour}"${looks} xml:space="preserve" ` +
      `textLength="${(cells * CELL.width).toFixed(1)}">${escape(value)}</text>\n`;
  }).join("");
}

function colourOf(foreground: Piece["foreground"]): string {
  if (foreground?.type === "rgb") return `rgb(${foreground.rgb.join()})`;
  if (foreground?.type !== "named") return TEXT;
  return COLOURS[foreground.name.replace(/^bright/, "").toLowerCase()] ?? TEXT;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
