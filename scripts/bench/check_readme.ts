import { type Row, rowLine } from "./rows.ts";

/** A ratio may change so much, up or down, before the table is no longer true. */
const TOLERANCE = 1.5;

/**
 * What of a table in a Markdown text no longer matches the lines that were measured. Rows are compared by
 * their names and units, and by their ratios to a reference of the same run: two machines differ in all
 * else.
 *
 * @param heading The heading that the table stands under, such as "## What it costs".
 * @returns One sentence for each; empty when it matches.
 */
export function mismatches(markdown: string, heading: string, rows: readonly Row[]): string[] {
  const section = markdown.split(`${heading}\n`)[1]?.split(/\n## /)[0];
  const written = (section?.split("\n") ?? []).filter((line) => line.startsWith("| "))
    .slice(2).map(cellsOf);
  const measured = rows.map((row) => cellsOf(rowLine(row)));
  const same = ([what, median]: string[]) => ([other, its]: string[]) =>
    what === other && unitOf(median) === unitOf(its);
  return [
    ...measured.filter((row) => !written.some(same(row)))
      .map((row) => `not in the table: ${row[0]} (${unitOf(row[1])})`),
    ...written.filter((row) => !measured.some(same(row)))
      .map((row) => `no longer measured: ${row[0]} (${unitOf(row[1])})`),
    ...measured.flatMap((row) => {
      const other = written.find(same(row));
      const [now, then] = [ratioOf(row.at(-1)), ratioOf(other?.at(-1))];
      const change = now / then;
      return change > TOLERANCE || change < 1 / TOLERANCE
        ? [`${row[0]} (${unitOf(row[1])}): ${now} × its reference now, ${then} in the table`]
        : [];
    }),
  ];
}

function cellsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}

function unitOf(median = ""): string {
  return median.replace(/^[\d.]+ /, "");
}

/** NaN, which is neither more nor less than anything, where there is no reference. */
function ratioOf(remarks = ""): number {
  return Number(/^([\d.]+) ×/.exec(remarks)?.[1] ?? NaN);
}
