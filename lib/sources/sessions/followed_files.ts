import { AppendedLines, type Growth } from "./appended_lines.ts";
import { parseLine, type SessionReading } from "./parse.ts";

/** Files that are remembered; of one that is forgotten the end is read again. Some 300 B each. */
const MAX_FILES = 5000;

/** What was appended to a file since the last time. */
export interface Appended {
  readonly growth: Growth;
  /** The last reading in it, unless one as new was given out from this file before. */
  readonly reading: SessionReading | undefined;
}

interface Followed {
  readonly lines: AppendedLines;
  /** When the reading was made that was given out last, in milliseconds since 1970. */
  toldAsOfMs: number;
}

/** Remembers how far each session's file has been read. Needs read permission. */
export class FollowedFiles {
  /** Those that grew last stand last. */
  readonly #files = new Map<string, Followed>();

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
    let reading: SessionReading | undefined;
    const growth = followed.lines.read((line) => reading = parseLine(line, now) ?? reading);
    if (growth === "gone") this.#files.delete(path);
    if (growth === "grew") this.#keep(path, followed);
    if (!reading || reading.asOf.getTime() <= followed.toldAsOfMs) {
      return { growth, reading: undefined };
    }
    followed.toldAsOfMs = reading.asOf.getTime();
    return { growth, reading };
  }

  #keep(path: string, followed: Followed): void {
    this.#files.delete(path);
    this.#files.set(path, followed);
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= MAX_FILES) break;
      this.#files.delete(oldest);
    }
  }
}
