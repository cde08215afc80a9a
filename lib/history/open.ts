import { existsSync } from "@std/fs/exists";
import { isOther } from "../files/is_other.ts";
import { HISTORY_DIRECTORY, HISTORY_FILE } from "../state/history_files.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { HistoryDatabase } from "./database.ts";
import type { Numbered, PastEvent, PastReading } from "./past.ts";

/** The numbers of a reading and of an event. */
export interface Ids {
  readonly reading: number;
  readonly event: number;
}

/** What a stretch of time has in the history. */
export interface Past {
  /** The numbers behind which all was yet to come when it was read; undefined without a history. */
  readonly lastIds?: Ids;
  readonly readings: readonly Numbered<PastReading>[];
  readonly events: readonly Numbered<PastEvent>[];
  /** Holds that began before it, and go on still. */
  readonly stillHeld?: readonly Numbered<PastEvent>[];
}

/**
 * Opens the history of a state directory to read; undefined where there is none yet. Needs read
 * permission.
 *
 * @throws When it is there and cannot be read.
 */
export function openHistory({ path }: StateDirectory): HistoryDatabase | undefined {
  const file = `${path}/${HISTORY_DIRECTORY}/${HISTORY_FILE}`;
  if (isOther(file)) throw new Error(`${file} is not a file`);
  return existsSync(file) ? HistoryDatabase.openToRead(file) : undefined;
}

/** What happened in a stretch of time, its end left out. */
export function pastBetween(directory: StateDirectory, from: Date, to: Date): Past {
  using db = openHistory(directory);
  return {
    lastIds: db?.lastIds(),
    readings: db?.readingsBetween(from, to) ?? [],
    events: db?.eventsBetween(from, to) ?? [],
    stillHeld: db?.openHolds().filter(({ at }) => at < from),
  };
}

/** Both in the order of their times. Pure. */
export function inOrder(
  { readings, events }: Pick<Past, "readings" | "events">,
): readonly (PastReading | PastEvent)[] {
  return [...readings, ...events].toSorted((a, b) => +a.at - +b.at);
}
