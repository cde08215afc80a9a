import { forecast } from "../quota/forecast.ts";
import { isFiveHourWindow } from "../quota/window.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import type { Past } from "./open.ts";
import type { PastEvent } from "./past.ts";
import { heldSpans } from "./spans.ts";

/** What was held in one directory. */
export interface DirectoryReceipt {
  /** Null where the system does not tell. */
  readonly directory: string | null;
  readonly holds: number;
  readonly heldSeconds: number;
  /** Those that were let go, and so went on. */
  readonly wentOn: number;
}

/** How good forecasts were: made an hour before the threshold was met, by the mean pace until then. */
export interface ForecastReceipt {
  /** Thresholds of the 5-hour window that were met, with a reading an hour before. */
  readonly judged: number;
  /** Those of which it was said that they would be met. */
  readonly foreseen: number;
  /** By how much the time that was said was off, in the middle; null where none was foreseen. */
  readonly medianErrorSeconds: number | null;
}

/** What came of a stretch of time. */
export interface Receipts {
  /** Blocks: the threshold of a window that holds was met. */
  readonly walls: number;
  /** Those that are over. */
  readonly wallsPassed: number;
  readonly holds: number;
  readonly heldSeconds: number;
  readonly wentOn: number;
  readonly directories: readonly DirectoryReceipt[];
  /** Sessions that stopped at the wall all the same, and how many of them were brought back. */
  readonly stopped: number;
  readonly revived: number;
  /** What was left of each window when it reset. */
  readonly resets: readonly {
    readonly at: Date;
    readonly window: string;
    readonly unusedPercent: number;
  }[];
  readonly forecasts: ForecastReceipt;
}

const AHEAD_MS = 3_600_000;

/** How far from an hour before a reading may be, in milliseconds. */
const NEAR_MS = 600_000;

/** Adds up what happened. Pure. */
export function receiptsOf(past: Past, from: Date, to: Date): Receipts {
  const { events } = past;
  const count = (kind: PastEvent["kind"]) => events.filter((each) => each.kind === kind).length;
  const spans = heldSpans(past, from, to);
  const released = events.filter(({ kind, fields }) =>
    kind === "release" && String(fields.why).startsWith("let go")
  );
  const byDirectory = Map.groupBy(spans, ({ directory }) => directory);
  const secondsOf = (all: typeof spans) =>
    Math.round(all.reduce((sum, { from, to }) => sum + (+to - +from) / 1000, 0));
  return {
    walls: count("block"),
    wallsPassed: passedIn(events),
    holds: spans.length,
    heldSeconds: secondsOf(spans),
    wentOn: released.length,
    directories: [...byDirectory].map(([directory, all]) => ({
      directory,
      holds: all.length,
      heldSeconds: secondsOf(all),
      wentOn: released.filter(({ fields }) => (fields.directory ?? null) === directory).length,
    })).toSorted((a, b) => b.heldSeconds - a.heldSeconds),
    stopped: count("stopped"),
    revived: count("revived"),
    resets: events.flatMap(({ kind, at, fields }) =>
      kind === "reset"
        ? [{ at, window: String(fields.window), unusedPercent: Number(fields.unusedPercent) }]
        : []
    ),
    forecasts: forecastsOf(past),
  };
}

/** How many blocks are over: the quota was open again behind them. */
function passedIn(events: readonly PastEvent[]): number {
  let [met, passed] = [0, 0];
  for (const { kind } of events) {
    if (kind === "block") met++;
    if (kind === "open") passed = met;
  }
  return passed;
}

function forecastsOf({ readings, events }: Past): ForecastReceipt {
  const crossings = events.filter(({ kind, about }) =>
    kind === "threshold" && about === "fiveHour"
  );
  let judged = 0;
  const errors: number[] = [];
  for (const { at, fields } of crossings) {
    const when = new Date(at.getTime() - AHEAD_MS);
    const resetsAt = parseTimestamp(fields.resetsAt);
    const [nearest] = readings.flatMap(({ at, windows }) => {
      const window = windows.find(isFiveHourWindow);
      const isSame = window?.resetsAt && resetsAt &&
        Math.abs(+window.resetsAt - +resetsAt) < 120_000;
      return window && isSame ? [{ at, window, offMs: Math.abs(+at - +when) }] : [];
    }).toSorted((a, b) => a.offMs - b.offMs);
    if (!nearest || nearest.offMs > NEAR_MS) continue;
    judged++;
    const said = forecast({
      window: nearest.window,
      thresholdPercent: Number(fields.thresholdPercent),
      burn: undefined,
      readAt: nearest.at,
      now: nearest.at,
    })?.thresholdAt;
    if (said) errors.push(Math.abs(+said - +at) / 1000);
  }
  const sorted = errors.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return {
    judged,
    foreseen: errors.length,
    medianErrorSeconds: median === undefined ? null : Math.round(median),
  };
}
