/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: "ms" | "MB" | "% CPU" | "points" | "%" | "calls/h";
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Of so many values that it says something. */
  readonly p99?: number;
  /** The median's ratio to a reference's, and that reference. */
  readonly ratio?: number;
  readonly reference?: string;
  /** What else there is to say. */
  readonly note?: string;
}

/** Values from which on the 99th percentile is not just the largest. */
const MANY = 200;

const rows: Row[] = [];

/** Adds a line for what was measured. */
export function add(
  what: string,
  unit: Row["unit"],
  values: readonly number[],
  more: { readonly reference?: string; readonly note?: string } = {},
): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
  const base = rows.find((row) => row.what === more.reference && row.unit === unit)?.median;
  const row = {
    what,
    unit,
    median: at(0.5),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    p99: sorted.length >= MANY ? at(0.99) : undefined,
    ratio: base === undefined ? undefined : at(0.5) / base,
    reference: base === undefined ? undefined : more.reference,
    note: more.note,
  };
  rows.push(row);
  return row;
}

/** All lines that were added. */
export function allRows(): readonly Row[] {
  return rows;
}

/** Prints all lines: a table in Markdown, or JSON. */
export function printRows(isJson: boolean): void {
  if (isJson) return console.log(JSON.stringify({ schemaVersion: 1, rows }, null, 2));
  console.log("| what | median | min | max | |\n| --- | --- | --- | --- | --- |");
  for (const row of rows) console.log(rowLine(row));
}

/** A line of the table in Markdown. */
export function rowLine(row: Row): string {
  const { what, unit, median, min, max, p99, ratio, reference, note } = row;
  const remarks = [
    ratio === undefined ? "" : `${ratio.toFixed(2)} × ${reference!.replace("reference: ", "")}`,
    p99 === undefined ? "" : `p99 ${digits(p99)}`,
    note ?? "",
  ].filter((remark) => remark !== "").join("; ");
  return `| ${what} | ${digits(median)} ${unit} | ${digits(min)} | ${digits(max)} | ${remarks} |`;
}

function digits(value: number): string {
  return value < 1 ? value.toFixed(3) : value.toFixed(1);
}
