import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import type { Values } from "../config/settings.ts";
import { parseRecording, type Recorded } from "../simulation/recording.ts";
import {
  type Replay,
  replay,
  type ReplayedBlock,
  type ReplayedReset,
} from "../simulation/replay.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { localTime } from "../text/local_time.ts";
import { messageOf } from "../text/message_of.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { wrapped } from "../text/wrapped.ts";
import { readSetting } from "./setting_words.ts";
import { directoryOf, homeOf } from "./target.ts";

/** The version of the JSON that `simulate --replay --json` prints. */
const SCHEMA_VERSION = 1;

const COLUMNS = 80;

/** More than these fill more than a screen. */
const MOST_ROWS = 30;

/** In the place of a file: what this program has kept itself. */
const HISTORY = "history";

/** One run of a recording. */
interface Run {
  /** What differs from the settings of today. */
  readonly set: Values;
  readonly replay: Replay;
}

/** `simulate --replay`: what the settings, and others beside them, would have done. */
export async function showReplay(
  file: string,
  words: readonly string[],
  options: Options,
): Promise<number> {
  if (words.length > 0 || options.list || options.speed !== undefined) {
    printError("simulate --replay takes no scenario, no --list and no --speed");
    return EXIT.usage;
  }
  const set = valuesOf(options.set ?? []);
  if ("wrong" in set) {
    printError(set.wrong);
    return EXIT.usage;
  }
  const recorded = await (file === HISTORY ? kept(options) : read(file));
  if (typeof recorded === "string") {
    printError(`${file === HISTORY ? "the history" : file} cannot be replayed: ${recorded}`);
    return EXIT.failed;
  }
  const runs: Run[] = [];
  for (const values of options.set === undefined ? [{}] : [{}, set.values]) {
    const { settings } = await loadSettings(values, homeOf(options));
    runs.push({ set: values, replay: replay(recorded, settings) });
  }
  const times = { from: recorded[0]!.at, to: recorded.at(-1)!.at };
  const head = { schemaVersion: SCHEMA_VERSION, ...times, readings: recorded.length };
  print(
    options.json
      ? `${JSON.stringify({ ...head, runs: runs.map(jsonOf) }, dated, 2)}\n`
      : textOf(recorded, runs),
  );
  return EXIT.ok;
}

/** The readings of a file, or what is wrong with it. */
async function read(file: string): Promise<Recorded[] | string> {
  try {
    return parseRecording(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no such file";
    return messageOf(error);
  }
}

/** The readings of the history, or why there are none. */
async function kept(options: Options): Promise<Recorded[] | string> {
  const directory = directoryOf(options);
  if (directory === undefined) return "HOME is not set; give --state-dir DIR";
  const { openHistory } = await import("../history/open.ts");
  try {
    using history = openHistory(new StateDirectory(directory));
    if (!history) return "there is none yet; the daemon begins it";
    const readings = history.readingsBetween(new Date(0), new Date());
    if (readings.length === 0) return "there is nothing in it yet";
    return readings.map(({ at, source, windows }) => ({
      at,
      reading: { kind: "windows", source, windows, problems: [] },
    }));
  } catch (error) {
    return messageOf(error);
  }
}

/** Settings as they are typed behind `--set`. */
function valuesOf(
  words: readonly string[],
): { readonly values: Values } | { readonly wrong: string } {
  const values: Record<string, unknown> = {};
  for (const word of words) {
    const [key = "", ...rest] = word.split("=");
    const result = readSetting(key, rest.join("="));
    if ("wrong" in result) return result;
    values[key] = result.value;
  }
  return { values };
}

function jsonOf({ set, replay }: Run): Record<string, unknown> {
  const blocks = replay.blocks.map((block) => ({ ...block, heldSeconds: secondsOf(block) }));
  return { set, ...replay, blocks };
}

/** Instants in UTC, with whole seconds. */
function dated(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  return own instanceof Date ? formatTimestamp(own) : value;
}

function textOf(recorded: readonly Recorded[], runs: readonly Run[]): string {
  const [first, last] = [recorded[0]!, recorded.at(-1)!];
  const lines = [
    ...wrapped(
      `${counted(recorded.length, "reading")} from ${time(first.at)} to ${time(last.at)}, ` +
        "local time.",
      COLUMNS,
    ),
    ...runs.flatMap(({ set }) => {
      const words = Object.entries(set).map(([key, value]) => `${key}=${value}`).join(", ");
      return words === "" ? [] : wrapped(`"other" is with ${words}.`, COLUMNS);
    }),
    "",
    ...table(runs),
    "",
    ...summary(runs),
    "",
    ...wrapped(
      "Who is held spends nothing: where that was not so, the numbers behind a block are higher " +
        "than they would have been, and what was left counts from its beginning.",
      COLUMNS,
    ),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** Each block by its end, and what each run had of it. */
function table(runs: readonly Run[]): string[] {
  const ends = [
    ...new Set(runs.flatMap(({ replay }) => replay.blocks.map(({ until }) => until.getTime()))),
  ].toSorted((a, b) => a - b);
  if (ends.length === 0) return ["Nobody would have been held."];
  const shown = ends.slice(-MOST_ROWS);
  const cells = shown.map((end) => [
    time(new Date(end)),
    ...runs.map(({ replay }) => {
      const block = replay.blocks.find(({ until }) => until.getTime() === end);
      return block ? cellOf(block) : "-";
    }),
  ]);
  const earlier = ends.length - shown.length;
  return [
    ...grid([["held until", ...titles(runs)], ...cells]),
    ...(earlier === 0 ? [] : [`${earlier} more before these; --json tells of all.`]),
  ];
}

/** When it began, how long it was, and what was used: `12:10, 51m, 5-hour 99%`. */
function cellOf(block: ReplayedBlock): string {
  const { from, until, window, usedPercent, isOpenEnded } = block;
  // The year is that of the end.
  const began = localTime(from, until).replace(/^\d{4}-/, "");
  const what = window === null ? "the account" : window.replace(/ window.*/, "");
  const used = usedPercent === null ? "" : ` ${usedPercent}%`;
  return `${began}, ${duration(secondsOf(block))}${isOpenEnded ? "+" : ""}, ${what}${used}`;
}

/** What it comes to. */
function summary(runs: readonly Run[]): string[] {
  const windows = [
    ...new Set(runs.flatMap(({ replay }) => replay.resets.map(({ window }) => window))),
  ];
  return grid([
    ["", ...titles(runs)],
    ["held", ...runs.map(({ replay }) => counted(replay.blocks.length, "time"))],
    ["in all", ...runs.map(({ replay }) => duration(replay.heldSeconds))],
    ...windows.map((window) => [
      `left of the ${window}`,
      ...runs.map(({ replay }) => leftOf(replay.resets.filter((each) => each.window === window))),
    ]),
  ]);
}

/** What was left at resets: each where there are few, else the least, the usual and the most. */
function leftOf(resets: readonly ReplayedReset[]): string {
  const left = resets.map(({ leftPercent }) => leftPercent);
  if (left.length <= 3) return left.map((each) => `${each}%`).join(", ") || "no reset";
  const sorted = left.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return `${sorted[0]}-${sorted.at(-1)}%, mostly ${middle}%`;
}

function titles(runs: readonly Run[]): string[] {
  return runs.length === 1 ? ["by the settings"] : ["by the settings", "other"];
}

/** Rows of cells under each other. */
function grid(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  "));
}

function secondsOf({ from, until }: ReplayedBlock): number {
  return Math.round((until.getTime() - from.getTime()) / 1000);
}

/** In whole minutes, as durations are typed. */
function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const parts = [[days, "d"], [hours, "h"], [minutes % 60, "m"]] as const;
  return parts.map(([number, unit]) => number === 0 ? "" : `${number}${unit}`).join("") || "0m";
}

/** With the day, whatever it is. */
function time(date: Date): string {
  return localTime(date, new Date(0));
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
