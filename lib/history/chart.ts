import { plot } from "simple-ascii-chart";
import { type QuotaWindow } from "../quota/window.ts";
import { nameOf } from "../quota/window_name.ts";
import { shown } from "../terminal/fit.ts";
import type { Output } from "../terminal/output.ts";
import { localTime } from "../text/local_time.ts";
import { span } from "../text/relative_time.ts";
import { windowName } from "./happened.ts";
import { heldSpans } from "./spans.ts";
import type { Past } from "./open.ts";

/** What is drawn. */
export interface ChartOptions {
  readonly past: Past;
  readonly from: Date;
  readonly to: Date;
}

const [RESET, HELD] = ["↻", "━"];
const HEIGHT = 9;

/** One row more, below all that is drawn: what makes a chart as wide as it is stands there. */
const BELOW = -100 / (HEIGHT - 1);
const TICKS = [0, 25, 50, 75, 100];

/** Columns before the chart's own: the percentages and the axis. */
const MARGIN = 6;
const MIN_WIDTH = 20;

/** A reading is kept each hour at least: where there is none for longer, nothing is known. */
const GAP_MS = 7_500_000;

/** Lines that have a character of their own where there is no UTF-8. */
const ASCII = {
  axis: { n: "^", ns: "|", y: "+", nse: "+", x: "+", we: "-", e: ">" },
  chart: { we: "-", wns: "+", ns: "|", nse: "+", wsn: "+", sne: "+", area: "#" },
};

/** A chart of each window, with what happened below it. Pure. */
export function chartLines(options: ChartOptions, output: Output): string[] {
  const { past, from, to } = options;
  const windows = new Map<string, QuotaWindow>();
  for (const reading of past.readings) {
    for (const window of reading.windows) windows.set(windowName(window), window);
  }
  if (windows.size === 0) {
    const time = span(to.getTime() - from.getTime());
    return [`nothing was read in the last ${time}; the daemon reads: quota-sentry start`];
  }
  const width = Math.max(MIN_WIDTH, Math.min(200, output.columns) - MARGIN - 2);
  const lines = [...windows].flatMap(([name, window]) => [
    ...windowLines(name, window, options, width, output),
    "",
  ]);
  return [...lines, `${RESET} the window reset   ${HELD} an agent was held`].map((line) =>
    shown(output.isUtf8 ? line : line.replaceAll(HELD, "="), output).trimEnd()
  );
}

function windowLines(
  name: string,
  window: QuotaWindow,
  options: ChartOptions,
  width: number,
  output: Output,
): string[] {
  const { past, from, to } = options;
  const columnOf = (at: Date) =>
    Math.floor((at.getTime() - from.getTime()) / (to.getTime() - from.getTime()) * (width - 1));
  const used = usedIn(name, options, width);
  const lines = plot([[[0, BELOW], [width - 1, BELOW]], ...stretches(used)], {
    width,
    height: HEIGHT + 1,
    yRange: [BELOW, 100],
    customYAxisTicks: TICKS,
    hideXAxis: true,
    // All of one width: the library cuts what is wider than the first.
    formatter: (value) => `${Math.round(value)}%`.padStart(4),
    symbols: output.isUtf8 ? undefined : ASCII,
  }).split("\n").filter((line) => line.trim() !== "");
  // The axis stands behind the widest of the percentages.
  const margin = " ".repeat(MARGIN - 1);
  const marks = rowOf(width);
  for (const { kind, about, at } of past.events) {
    if (kind === "reset" && about === name) marks.put(columnOf(at), RESET);
  }
  const held = rowOf(width);
  for (const { from: start, to: end } of heldSpans(past, from, to)) {
    for (let column = columnOf(start); column <= columnOf(end); column++) held.put(column, HELD);
  }
  return [
    `${nameOf(window)}: ${window.usedPercent}% used`,
    // Without the arrow above, and without that row and the end of the axis below.
    ...lines.slice(1, -2),
    ...(marks.isEmpty ? [] : [`${margin}${marks.text}`]),
    ...(held.isEmpty ? [] : [`${margin}${held.text}`]),
    `${margin}${timesBelow(from, to, width)}`,
  ];
}

/** What was used in each column: the last that was read until its end; undefined where nothing is known. */
function usedIn(
  name: string,
  { past, from, to }: ChartOptions,
  width: number,
): (number | undefined)[] {
  const step = (to.getTime() - from.getTime()) / width;
  let index = 0;
  let last: { readonly at: number; readonly used: number } | undefined;
  return Array.from({ length: width }, (_, column) => {
    const end = from.getTime() + (column + 1) * step;
    for (; index < past.readings.length; index++) {
      const { at, windows } = past.readings[index]!;
      if (at.getTime() > end) break;
      const window = windows.find((each) => windowName(each) === name);
      if (window) last = { at: at.getTime(), used: window.usedPercent };
    }
    return last && end - last.at <= Math.max(GAP_MS, step) ? Math.min(100, last.used) : undefined;
  });
}

/** The stretches of which something is known, as lines of points. */
function stretches(used: readonly (number | undefined)[]): [number, number][][] {
  const lines: [number, number][][] = [];
  for (const [column, percent] of used.entries()) {
    if (percent === undefined) continue;
    if (column === 0 || used[column - 1] === undefined) lines.push([]);
    lines.at(-1)!.push([column, percent]);
  }
  return lines;
}

function rowOf(width: number) {
  const row = Array<string>(width).fill(" ");
  return {
    put: (column: number, mark: string) => {
      if (column >= 0 && column < width) row[column] = mark;
    },
    get isEmpty() {
      return row.every((each) => each === " ");
    },
    get text() {
      return row.join("").trimEnd();
    },
  };
}

/** The times at both ends, and in the middle where they fit. */
function timesBelow(from: Date, to: Date, width: number): string {
  const [start, end] = [localTime(from, to), localTime(to, to)];
  const middle = localTime(new Date((from.getTime() + to.getTime()) / 2), to);
  const row = [...start.padEnd(width - end.length), ...end];
  const at = Math.round(width / 2 - middle.length / 2);
  const isRoom = at > start.length + 1 && at + middle.length < width - end.length - 1;
  if (isRoom) row.splice(at, middle.length, ...middle);
  return row.join("");
}
