import type { Settings } from "../config/settings.ts";
import { namesIn } from "../files/names_in.ts";
import { realPathOf } from "../files/real_path.ts";
import { replaceFileAtOnce } from "../files/replace_file.ts";
import type { Clock } from "../process/clock.ts";
import type { DatedReading } from "../quota/reading.ts";
import {
  BROKEN_HISTORY_FILE,
  HISTORY_DIRECTORY,
  HISTORY_FILE,
  HISTORY_FILES,
  HISTORY_MARK,
} from "../state/history_files.ts";
import type { FoldedLines } from "../state/log.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";
import { readRevivals, type Revival } from "../state/revivals.ts";
import type { State } from "../state/state.ts";
import { candidatesIn } from "../state/waiting.ts";
import { forUser } from "../text/for_user.ts";
import { messageOf } from "../text/message_of.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { isWorthKeeping } from "./change.ts";
import type { HistoryDatabase } from "./database.ts";
import { FOLD_STAGES, FORGOTTEN_AFTER_MS } from "./fold.ts";
import { foldStage } from "./fold_stage.ts";
import { happened, type Present } from "./happened.ts";
import { parseHoldLine } from "./hold_lines.ts";
import { addHold, goneHolds } from "./holds.ts";
import { type LogPlace, readLogTail } from "./log_tail.ts";
import type { PastEvent, PastReading } from "./past.ts";

/** What the daemon does comes first: so long after it, the history is written, in milliseconds. */
const LOOK_AFTER_MS = 100;

/** A file that cannot be written now may be later, in milliseconds. */
const TRY_AGAIN_AFTER_MS = 5 * 60_000;

/** How often it is looked whether those that are held still run, in milliseconds. */
const LOOK_AT_HOLDS_EVERY_MS = 5_000;

/** How often it is folded, in milliseconds. */
const FOLD_EVERY_MS = 3_600_000;

/** Rows of each table beyond this are forgotten, however young. */
const MAX_ROWS = 100_000;

/** No timer is longer, in milliseconds; a reading comes before that. */
const MAX_TIMER_MS = 86_400_000;

/** What SQLite says of a file that is no good, and will not be. */
const BROKEN = /not a database|malformed|corrupt|no such (table|column)|has no column/i;

/** What the keeper needs. */
export interface KeeperOptions {
  readonly directory: OwnStateDirectory;
  readonly clock: Clock;
  readonly lines: FoldedLines;
  /** Tells what was used before there was a history, as far as somebody wrote it down. */
  readonly past?: (now: Date, signal: AbortSignal) => Promise<readonly DatedReading[]>;
}

/**
 * Keeps the history: the daemon alone writes it. It takes what stands in the state directory, whoever
 * wrote it, a moment after it was written, so that nothing waits for it: readings from `state.json`;
 * holds from the log, where the hook script and guards say that they hold and have let go; the pause;
 * and what was done about sessions that died. A file that is broken is put aside, one that cannot be
 * written is left for later; nothing here ever throws.
 */
export class HistoryKeeper {
  readonly #options: KeeperOptions;
  readonly #begunAt: Date;
  readonly #ended = new AbortController();
  #settings: Settings | undefined;
  #db: HistoryDatabase | undefined;
  /** Which file that is. */
  #ino: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> | undefined;
  #importing: Promise<void> | undefined;
  #isDueAgain = false;
  /** On the monotonic clock. */
  #notBeforeMs = -Infinity;
  #foldedAtMs = -Infinity;
  #lookedAtHoldsMs = -Infinity;
  /** The last reading that had windows, kept or not. */
  #last: PastReading | undefined;
  #revivalsChangedAt: number | undefined;
  /** Until when it is paused; that it has ended then no file tells. */
  #pausedUntil: Date | undefined;
  #pauseEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#begunAt = options.clock.now();
  }

  /** Something may have changed: looks soon. */
  look(settings = this.#settings): void {
    this.#settings = settings;
    if (!settings || this.#ended.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#lookNow();
    }, LOOK_AFTER_MS);
  }

  /** A file of the state directory has changed; its name. */
  changed(name: string): void {
    const { directory } = this.#options;
    const told = (["log", "pause", "revivals"] as const).map((file) => directory.file(file));
    if (told.some((path) => path.endsWith(`/${name}`))) this.look();
  }

  /** Writes what there is still to write, and closes the file. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#pauseEnds);
    this.#timer = undefined;
    this.#ended.abort();
    await this.#importing;
    if (this.#settings) await this.#lookNow();
    this.#close();
  }

  /** One look at a time; what comes up meanwhile is looked at afterwards. */
  async #lookNow(): Promise<void> {
    this.#isDueAgain = true;
    this.#looking ??= (async () => {
      while (this.#isDueAgain) {
        this.#isDueAgain = false;
        await this.#write().catch((error) => this.#failed(error));
      }
    })().finally(() => this.#looking = undefined);
    await this.#looking;
  }

  async #write(): Promise<void> {
    const { clock, directory } = this.#options;
    if (clock.monotonicMs() < this.#notBeforeMs) return;
    // Somebody has removed it: what is written from now on is to be found.
    if (this.#db && this.#inoNow() !== this.#ino) this.#close();
    const db = this.#db ??= await this.#open();
    // Who has gone by now has written in the log before.
    const gone = this.#isDueForHolds() ? await goneHolds(db, () => clock.now()) : [];
    const place = placeIn(db.note("log"));
    const tail = readLogTail(directory.file("log"), place);
    const held = (tail?.lines ?? []).flatMap((line) => parseHoldLine(line) ?? []);
    const revivals = this.#changedRevivals();
    const state = directory.state();
    const now = clock.now();
    this.#last ??= db.lastReading();
    const reading = state && readingOf(state);
    const present = this.#present(state, now);
    this.#lookWhenPauseEnds(present?.pausedUntil, now);

    const events = present ? happened(this.#last, present, db) : [];
    const isKept = reading !== undefined && isWorthKeeping(db.lastReading(), reading);
    const isMoved = tail !== undefined &&
      (tail.place.ino !== place?.ino || tail.place.offset !== place.offset);
    const isNothing = !isKept && events.length === 0 && gone.length === 0 && held.length === 0 &&
      revivals.length === 0;
    if (!isNothing || isMoved) {
      db.inTransaction(() => {
        if (isKept) db.addReading(reading);
        for (const event of events) db.addEvent(event);
        for (const line of held) addHold(db, line, this.#sessionOf(line.pid));
        for (const event of gone) addOnce(db, event);
        for (const event of revivals.flatMap(eventsOf)) addOnce(db, event);
        if (isMoved) db.setNote("log", JSON.stringify(tail.place));
      });
    }
    if (!isNothing) this.#mark();
    this.#last = reading ?? this.#last;
    this.#options.lines.write("history", "");
    if (this.#settings && !this.#ended.signal.aborted) {
      this.#foldIfDue(db, now);
      this.#importing ??= this.#import(db);
    }
  }

  /** The session that a process holds; null where its place does not say, or has gone. */
  #sessionOf(pid: number): string | null {
    const queue = realPathOf(this.#options.directory.file("queue"));
    return candidatesIn(queue, namesIn(queue)).find((each) => each.pid === pid)?.session ?? null;
  }

  /** What a state says, for those that are told of it. */
  #present(state: State | undefined, now: Date): Present | undefined {
    const settings = this.#settings;
    if (!state || !settings) return undefined;
    const { status, reason, source, windows, blockedUntil, block, known } = state;
    const isRead = windows.length > 0;
    return {
      now,
      at: isRead ? state.readAt : now,
      status,
      reason: forUser(reason),
      source: source ?? "",
      windows,
      blockedUntil,
      blockedBy: block && (block.what === "extra" ? block.windowId ?? undefined : block.what),
      knownAt: known?.at ?? this.#begunAt,
      maxStateAgeSeconds: settings.maxStateAgeSeconds,
      pausedUntil: this.#options.directory.pausedUntil(now),
      policy: settings.policy,
    };
  }

  #lookWhenPauseEnds(until: Date | undefined, now: Date): void {
    if (until?.getTime() === this.#pausedUntil?.getTime()) return;
    clearTimeout(this.#pauseEnds);
    this.#pausedUntil = until;
    const ms = until ? until.getTime() - now.getTime() : 0;
    if (until && ms <= MAX_TIMER_MS) this.#pauseEnds = setTimeout(() => this.look(), ms);
  }

  async #open(): Promise<HistoryDatabase> {
    const path = `${this.#path}/${HISTORY_FILE}`;
    Deno.mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    if (Deno.lstatSync(this.#path).isSymlink) throw new Error(`${this.#path} is a symbolic link`);
    const { HistoryDatabase, BrokenHistoryError } = await import("./database.ts");
    try {
      const { isFile } = Deno.lstatSync(path);
      if (!isFile) throw new BrokenHistoryError("it is no file");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const db = HistoryDatabase.open(path);
    this.#ino = this.#inoNow();
    return db;
  }

  /** Of the file as it is found by its name; null where there is none. */
  #inoNow(): number | null {
    try {
      return Deno.lstatSync(`${this.#path}/${HISTORY_FILE}`).ino;
    } catch {
      return null;
    }
  }

  get #path(): string {
    return `${this.#options.directory.path}/${HISTORY_DIRECTORY}`;
  }

  /** Puts a broken file aside, and leaves one that cannot be written for later; says which. */
  #failed(error: unknown): void {
    const { clock, lines } = this.#options;
    const why = messageOf(error);
    this.#close();
    const isBroken = BROKEN.test(why) ||
      (error instanceof Error && error.name === "BrokenHistoryError");
    try {
      if (!isBroken) throw new Error(why);
      Deno.renameSync(`${this.#path}/${HISTORY_FILE}`, `${this.#path}/${BROKEN_HISTORY_FILE}`);
      for (const name of HISTORY_FILES) {
        if (/-(wal|shm)$/.test(name)) removeFile(`${this.#path}/${name}`);
      }
      lines.write("history", `the history was put aside as ${BROKEN_HISTORY_FILE}: ${why}`);
      this.look();
    } catch (problem) {
      this.#notBeforeMs = clock.monotonicMs() + TRY_AGAIN_AFTER_MS;
      lines.write("history", `the history is not written now: ${messageOf(problem)}`);
    }
  }

  #close(): void {
    try {
      this.#db?.[Symbol.dispose]();
    } catch {
      // It is as good as closed.
    }
    this.#db = undefined;
  }

  /** Tells those that follow that there is something new. */
  #mark(): void {
    const path = `${this.#options.directory.path}/${HISTORY_MARK}`;
    replaceFileAtOnce(path, "", 0o600);
  }

  /** True once in a while. */
  #isDueForHolds(): boolean {
    const now = this.#options.clock.monotonicMs();
    const isDue = now - this.#lookedAtHoldsMs >= LOOK_AT_HOLDS_EVERY_MS;
    if (isDue) this.#lookedAtHoldsMs = now;
    return isDue;
  }

  /** What was done about sessions that died, where that has changed. */
  #changedRevivals(): readonly Revival[] {
    const { directory } = this.#options;
    try {
      const changedAt = Deno.statSync(directory.file("revivals")).mtime?.getTime();
      if (changedAt === this.#revivalsChangedAt) return [];
      const revivals = readRevivals(directory);
      this.#revivalsChangedAt = changedAt;
      return revivals;
    } catch {
      // There is none, or none that can be understood, which others say.
      return [];
    }
  }

  #foldIfDue(db: HistoryDatabase, now: Date): void {
    const { clock } = this.#options;
    if (clock.monotonicMs() - this.#foldedAtMs < FOLD_EVERY_MS) return;
    const isDone = FOLD_STAGES.map((stage) => foldStage(db, stage, now)).every(Boolean);
    if (!isDone) return this.look();
    this.#foldedAtMs = clock.monotonicMs();
    db.inTransaction(() => db.forget(new Date(now.getTime() - FORGOTTEN_AFTER_MS), MAX_ROWS));
  }

  /** Takes in, once, what was written down before there was a history. */
  async #import(db: HistoryDatabase): Promise<void> {
    const { past, lines } = this.#options;
    try {
      if (!past || db.note("imported") !== undefined) return;
      const readings = await past(this.#options.clock.now(), this.#ended.signal);
      if (this.#ended.signal.aborted || db !== this.#db) return;
      const before = db.firstReading()?.at ?? this.#options.clock.now();
      const kept = keptOf(readings.filter(({ asOf }) => asOf < before));
      db.inTransaction(() => {
        // Before all that was read since, and no news for those that follow.
        for (const [index, reading] of kept.entries()) db.addReading(reading, index - kept.length);
        // They are older than what was folded.
        for (const { name } of FOLD_STAGES) db.setNote(`folded ${name}`, "0");
        db.setNote("imported", formatTimestamp(this.#options.clock.now()));
      });
      this.#foldedAtMs = -Infinity;
      if (kept.length > 0) {
        lines.write(
          "import",
          `the history begins with ${kept.length} readings of earlier sessions`,
        );
      }
    } catch (error) {
      lines.write(
        "import",
        `earlier sessions were not taken into the history: ${messageOf(error)}`,
      );
    }
  }
}

function readingOf({ readAt, source, status, windows }: State): PastReading | undefined {
  return windows.length === 0 ? undefined : { at: readAt, source: source ?? "", status, windows };
}

/** Those that are worth keeping, in the order of their times. */
function keptOf(readings: readonly DatedReading[]): PastReading[] {
  const kept: PastReading[] = [];
  for (const { asOf, source, windows } of readings.toSorted((a, b) => +a.asOf - +b.asOf)) {
    // What was decided on them nobody knows.
    const reading: PastReading = { at: asOf, source, status: "open", windows };
    if (isWorthKeeping(kept.at(-1), reading)) kept.push(reading);
  }
  return kept;
}

function addOnce(db: HistoryDatabase, event: PastEvent): void {
  if (!db.lastEvent(event.kind, event.about)) db.addEvent(event);
}

/** That a session stopped at the wall, and that it was brought back. */
function eventsOf({ session, diedAt, resetsAt, seenAt, begunAt, outcome }: Revival): PastEvent[] {
  const about = `${session} ${diedAt.toISOString()}`;
  const stopped: PastEvent = {
    at: seenAt,
    kind: "stopped",
    about,
    fields: {
      session,
      diedAt: formatTimestamp(diedAt),
      resetsAt: resetsAt ? formatTimestamp(resetsAt) : null,
    },
  };
  if (outcome !== "done") return [stopped];
  return [stopped, { at: begunAt ?? seenAt, kind: "revived", about, fields: { session } }];
}

function placeIn(note: string | undefined): LogPlace | undefined {
  return note === undefined ? undefined : JSON.parse(note);
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
