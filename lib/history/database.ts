import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { QuotaWindow } from "../quota/window.ts";
import {
  EVENT_KINDS,
  type EventKind,
  type Numbered,
  type PastEvent,
  type PastReading,
} from "./past.ts";

/** Version of the tables, in the file's `user_version`. */
const SCHEMA_VERSION = 1;

/** Somebody else's lock is not waited for longer, in milliseconds: it is tried again later. */
const BUSY_MS = 50;

/**
 * Write-ahead, since then a reader that may not write can read whatever the writer was killed in; a
 * rollback journal would have to be played back first. Readers never keep the writer waiting. The cache
 * is small: a daemon lives for weeks.
 */
const TO_WRITE = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 100;
  PRAGMA journal_size_limit = 409600;
`;

const SETTINGS = `
  PRAGMA busy_timeout = ${BUSY_MS};
  PRAGMA cache_size = -256;
  PRAGMA temp_store = MEMORY;
`;

/** `about` tells events of one kind apart; numbers are never used again, so that who follows can go by them. */
const TABLES = `
  CREATE TABLE readings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    windows TEXT NOT NULL
  );
  CREATE INDEX readings_at ON readings (at);
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    fields TEXT NOT NULL
  );
  CREATE INDEX events_about ON events (kind, about);
  CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

type Row = Readonly<Record<string, unknown>>;

/** The file cannot be used as it is, and will not be: it is to be put aside. */
export class BrokenHistoryError extends Error {
  override name = "BrokenHistoryError";
}

/**
 * The history's tables. Everything is synchronous and short; every method may throw what SQLite says.
 */
export class HistoryDatabase implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Opens the file to write, and makes it (0600) where there is none. Needs read and write permission.
   *
   * @throws {BrokenHistoryError} When it is of another version.
   */
  static open(path: string): HistoryDatabase {
    // SQLite gives its journal the same mode.
    Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
    const history = new HistoryDatabase(new DatabaseSync(path));
    try {
      history.#db.exec(SETTINGS);
      history.#db.exec(TO_WRITE);
      if (history.#version() === 0) history.inTransaction(() => history.#db.exec(TABLES));
      history.#checkVersion();
      return history;
    } catch (error) {
      history[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Opens the file to read. Needs read permission alone.
   *
   * @throws Also when it is not there, or of another version.
   */
  static openToRead(path: string): HistoryDatabase {
    const history = new HistoryDatabase(new DatabaseSync(path, { readOnly: true }));
    try {
      history.#db.exec(SETTINGS);
      history.#checkVersion();
      return history;
    } catch (error) {
      history[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Each is prepared once: SQLite's memory for one is given back with the garbage alone, which the
   * collector does not know to be large.
   */
  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #version(): unknown {
    return this.#statement("PRAGMA user_version").get()?.user_version;
  }

  #checkVersion(): void {
    const version = this.#version();
    if (version === SCHEMA_VERSION) return;
    throw new BrokenHistoryError(`it is of version ${version}, and this is ${SCHEMA_VERSION}`);
  }

  /** Does all or nothing, whoever is killed meanwhile. */
  inTransaction(act: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      act();
      this.#db.exec("COMMIT");
    } catch (error) {
      try {
        this.#db.exec("ROLLBACK");
      } catch {
        // It has rolled back by itself; the first error says why.
      }
      throw error;
    }
  }

  /** @param id Its number; the next one if it is left out. Nobody who follows is told of one below 1. */
  addReading({ at, source, status, windows }: PastReading, id: number | null = null): void {
    this.#statement(
      "INSERT INTO readings (id, at, source, status, windows) VALUES (?, ?, ?, ?, ?)",
    ).run(id, at.getTime(), source, status, JSON.stringify(windows.map(packed)));
  }

  addEvent({ at, kind, about, fields }: PastEvent): void {
    this.#statement("INSERT INTO events (at, kind, about, fields) VALUES (?, ?, ?, ?)")
      .run(at.getTime(), kind, about, JSON.stringify(fields));
  }

  /** Something that is to be known the next time; undefined where it was never noted. */
  note(name: string): string | undefined {
    const value = this.#statement("SELECT value FROM notes WHERE name = ?").get(name)?.value;
    return value === undefined ? undefined : String(value);
  }

  setNote(name: string, value: string): void {
    this.#statement("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)").run(name, value);
  }

  /** The one that was kept last. */
  lastReading(): PastReading | undefined {
    return this.#readings("ORDER BY id DESC LIMIT 1")[0];
  }

  /** The first one in time. */
  firstReading(): PastReading | undefined {
    return this.#readings("ORDER BY at LIMIT 1")[0];
  }

  /** Those in a stretch of time, in its order, the end left out. */
  readingsBetween(from: Date, to: Date, limit = -1): Numbered<PastReading>[] {
    return this.#readings(
      "WHERE at >= ? AND at < ? ORDER BY at, id LIMIT ?",
      from.getTime(),
      to.getTime(),
      limit,
    );
  }

  /** Those that came behind a number. */
  readingsBehind(id: number): Numbered<PastReading>[] {
    return this.#readings("WHERE id > ? ORDER BY id", id);
  }

  /** Those in a stretch of time, in its order, the end left out. */
  eventsBetween(from: Date, to: Date): Numbered<PastEvent>[] {
    return this.#events("WHERE at >= ? AND at < ? ORDER BY at, id", from.getTime(), to.getTime());
  }

  /** Those that came behind a number. */
  eventsBehind(id: number): Numbered<PastEvent>[] {
    return this.#events("WHERE id > ? ORDER BY id", id);
  }

  /** The last event of a kind, about one thing where that is given. */
  lastEvent(kind: EventKind, about?: string): Numbered<PastEvent> | undefined {
    return about === undefined
      ? this.#events("WHERE kind = ? ORDER BY id DESC LIMIT 1", kind)[0]
      : this.#events("WHERE kind = ? AND about = ? ORDER BY id DESC LIMIT 1", kind, about)[0];
  }

  /** Holds of which no release is known. */
  openHolds(): Numbered<PastEvent>[] {
    return this.#events(
      "WHERE kind = 'hold' AND NOT EXISTS (SELECT 1 FROM events AS later " +
        "WHERE later.kind = 'release' AND later.about = events.about) ORDER BY id",
    );
  }

  /** The numbers behind which all is yet to come. */
  lastIds(): { readonly reading: number; readonly event: number } {
    const last = (table: string) =>
      Number(
        this.#statement("SELECT seq FROM sqlite_sequence WHERE name = ?").get(table)?.seq ?? 0,
      );
    return { reading: last("readings"), event: last("events") };
  }

  removeReadings(ids: readonly number[]): void {
    const statement = this.#statement("DELETE FROM readings WHERE id = ?");
    for (const id of ids) statement.run(id);
  }

  /** Forgets what is older than an instant, and of the rest the oldest beyond a number of rows. */
  forget(before: Date, maxRows: number): void {
    for (const table of ["readings", "events"]) {
      this.#statement(`DELETE FROM ${table} WHERE at < ?`).run(before.getTime());
      this.#statement(
        `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ORDER BY at DESC LIMIT -1 OFFSET ?)`,
      ).run(maxRows);
    }
  }

  #readings(where: string, ...values: number[]): Numbered<PastReading>[] {
    const rows = this.#statement(`SELECT * FROM readings ${where}`).all(...values);
    return rows.flatMap((row) => readingIn(row as Row) ?? []);
  }

  #events(where: string, ...values: (number | string)[]): Numbered<PastEvent>[] {
    const rows = this.#statement(`SELECT * FROM events ${where}`).all(...values);
    return rows.flatMap((row) => eventIn(row as Row) ?? []);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

type Packed = readonly [string, number, number | null, number | null, 0 | 1];

/** A window in few bytes; its end in seconds since 1970. */
function packed({ id, usedPercent, windowMinutes, resetsAt, extra }: QuotaWindow): Packed {
  const resets = resetsAt === null ? null : Math.ceil(resetsAt.getTime() / 1000);
  return [id, usedPercent, windowMinutes, resets, extra ? 1 : 0];
}

/** What somebody else has written into the file is passed over. */
function readingIn({ id, at, source, status, windows }: Row): Numbered<PastReading> | undefined {
  const read = listIn(windows).flatMap((each) => unpacked(each) ?? []);
  const isStatus = status === "open" || status === "blocked" || status === "unknown";
  if (read.length === 0 || !isStatus) return undefined;
  return {
    id: Number(id),
    at: new Date(Number(at)),
    source: String(source),
    status,
    windows: read,
  };
}

function unpacked(value: unknown): QuotaWindow | undefined {
  if (!Array.isArray(value)) return undefined;
  const [id, used, minutes, resets, extra] = value;
  const isRead = typeof id === "string" && Number.isFinite(used) &&
    (minutes === null || Number.isFinite(minutes)) && (resets === null || Number.isFinite(resets));
  if (!isRead) return undefined;
  return {
    id,
    usedPercent: used,
    windowMinutes: minutes,
    resetsAt: resets === null ? null : new Date(resets * 1000),
    extra: extra === 1,
  };
}

function eventIn({ id, at, kind, about, fields }: Row): Numbered<PastEvent> | undefined {
  const known = EVENT_KINDS.find((each) => each === kind);
  if (!known) return undefined;
  const read = parsed(fields);
  return {
    id: Number(id),
    at: new Date(Number(at)),
    kind: known,
    about: String(about),
    fields: typeof read === "object" && read !== null ? read as PastEvent["fields"] : {},
  };
}

function listIn(text: unknown): readonly unknown[] {
  const read = parsed(text);
  return Array.isArray(read) ? read : [];
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
