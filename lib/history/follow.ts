import { basename } from "@std/path";
import { delay } from "../process/delay.ts";
import { HISTORY_MARK } from "../state/history_files.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { type Ids, inOrder, openHistory, type Past } from "./open.ts";
import type { PastEvent, PastReading } from "./past.ts";

/** How often to look where the file system does not tell, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** An event may be lost among many others: so long after those it is looked all the same. */
const LOOK_AFTER_MS = 500;

/**
 * Gives out what comes into the history from now on, as it comes; also where there is none yet, and
 * where another takes its place. Needs read permission.
 *
 * @param from Where to go on; undefined for what is new from now on.
 * @param take Gets what is new; false ends it.
 */
export async function followHistory(
  directory: StateDirectory,
  from: Ids | undefined,
  take: (happened: PastReading | PastEvent) => boolean,
): Promise<void> {
  const news = new News(directory, from);
  for (;;) {
    try {
      if (!await watched(directory, () => news.all().every(take))) return;
    } catch {
      // No watches left on this machine, or no directory yet.
      await delay(LOOK_EVERY_MS);
      if (!news.all().every(take)) return;
    }
  }
}

/** Looks on each change; false when it is to end. */
async function watched(directory: StateDirectory, look: () => boolean): Promise<boolean> {
  using watcher = Deno.watchFs(directory.path, { recursive: false });
  let goesOn = look();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lookOn = () => {
    goesOn &&= look();
    if (!goesOn) watcher.close();
  };
  if (!goesOn) return false;
  for await (const { kind, paths } of watcher) {
    if (paths.some((path) => basename(path) === HISTORY_MARK)) lookOn();
    // The directory itself has gone, and another may take its place.
    if (kind === "remove" && paths.includes(directory.path)) break;
    timer ??= setTimeout(() => {
      timer = undefined;
      lookOn();
    }, LOOK_AFTER_MS);
  }
  clearTimeout(timer);
  return goesOn;
}

const NONE: Ids = { reading: 0, event: 0 };

/** What is in the history that was not there before. */
class News {
  readonly #directory: StateDirectory;
  #behind: Ids | undefined;

  constructor(directory: StateDirectory, from: Ids | undefined) {
    this.#directory = directory;
    const now = from ?? this.#read((db) => db.lastIds());
    // Where there is none yet, all of it will be new.
    this.#behind = now === "unreadable" ? undefined : now ?? NONE;
  }

  all(): readonly (PastReading | PastEvent)[] {
    const past = this.#read((db): Past => {
      const last = db.lastIds();
      const behind = this.#behind ?? last;
      const isAnother = last.reading < behind.reading || last.event < behind.event;
      const from = isAnother ? NONE : behind;
      this.#behind = last;
      return { readings: db.readingsBehind(from.reading), events: db.eventsBehind(from.event) };
    });
    return past === undefined || past === "unreadable" ? [] : inOrder(past);
  }

  /** One that cannot be read just now may be later. */
  #read<T>(
    read: (db: NonNullable<ReturnType<typeof openHistory>>) => T,
  ): T | undefined | "unreadable" {
    try {
      using db = openHistory(this.#directory);
      return db && read(db);
    } catch {
      return "unreadable";
    }
  }
}
