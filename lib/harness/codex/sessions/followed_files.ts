import type { DatedReading } from "../../../quota/reading.ts";
import { AppendedLines, type Growth } from "../../../files/appended_lines.ts";
import { parseLine } from "./parse.ts";

/** Files that are remembered; of one that is forgotten the end is read again. Some 300 B each. */
const MAX_FILES = 5000;

/** Of these, so many that grew last are kept open. */
const MAX_OPEN_FILES = 64;

/** What was appended to a file since the last time. */
export interface Appended {
  readonly growth: Growth;
  /** The last reading in it, unless one as new was given out from this file before. */
  readonly reading: DatedReading | undefined;
}

interface Followed {
  readonly lines: AppendedLines;
  /** When the reading was made that was given out last, in milliseconds since 1970. */
  toldAsOfMs: number;
}

/** Remembers how far each session's file has been read. Needs read permission. */
export class FollowedFiles implements Disposable {
  /** Those that grew last stand last. */
  readonly #files = new Map<string, Followed>();
  /** Those that are open, in the same order. */
  readonly #open = new Set<AppendedLines>();

  /** True for a file that has been met. */
  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Up to so many of the files that grew last. */
  latest(count: number): string[] {
    return [...this.#files.keys()].slice(-count);
  }

  /** Meets a file whose lines are known already: only what is appended from now on is read. */
  meet(path: string): void {
    const lines = new AppendedLines(path);
    lines.skipToEnd();
    this.#keep(path, { lines, toldAsOfMs: -Infinity });
  }

  /** Reads what was appended to a file; of one that is met for the first time, its end. */
  read(path: string, now: Date): Appended {
    const followed = this.#files.get(path) ??
      { lines: new AppendedLines(path), toldAsOfMs: -Infinity };
    let reading: DatedReading | undefined;
    const growth = followed.lines.read((line) => reading = parseLine(line, now) ?? reading);
    if (growth === "gone") this.#forget(path, followed);
    if (growth === "grew") {
      this.#keep(path, followed);
      this.#keepOpen(followed);
    }
    // What was told from the future was told before the clock was set back.
    const toldMs = followed.toldAsOfMs <= now.getTime() ? followed.toldAsOfMs : -Infinity;
    if (!reading || reading.asOf.getTime() <= toldMs) {
      return { growth, reading: undefined };
    }
    followed.toldAsOfMs = reading.asOf.getTime();
    return { growth, reading };
  }

  #keep(path: string, followed: Followed): void {
    this.#files.delete(path);
    this.#files.set(path, followed);
    for (const [oldest, forgotten] of this.#files) {
      if (this.#files.size <= MAX_FILES) break;
      this.#forget(oldest, forgotten);
    }
  }

  #keepOpen({ lines }: Followed): void {
    this.#open.delete(lines);
    this.#open.add(lines);
    for (const oldest of this.#open) {
      if (this.#open.size <= MAX_OPEN_FILES) break;
      this.#close(oldest);
    }
  }

  #forget(path: string, { lines }: Followed): void {
    this.#files.delete(path);
    this.#close(lines);
  }

  #close(lines: AppendedLines): void {
    this.#open.delete(lines);
    lines[Symbol.dispose]();
  }

  /** Closes all files. */
  [Symbol.dispose](): void {
    for (const lines of this.#open) this.#close(lines);
  }
}
