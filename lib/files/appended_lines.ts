import { fileInfo } from "./file_info.ts";

/** A longer line is skipped; one with a reading has 1.3 kB at the most (Codex 0.169). */
export const MAX_LINE_BYTES = 64 * 1024;

/** Where to begin in a file of which nothing is known, in bytes before its end. */
export const MAX_TAIL_BYTES = 256 * 1024;

/** More than this at once is not read through, since nobody else runs meanwhile: some 10 ms. */
const MAX_AT_ONCE_BYTES = 16 * 1024 * 1024;

const NEWLINE = "\n".charCodeAt(0);

/** One for all files, since only one is read at a time: an event costs as little as that. */
const chunk = new Uint8Array(MAX_LINE_BYTES);
const decoder = new TextDecoder();

/** What was found since the last time: more bytes, none, or no such file. */
export type Growth = "grew" | "same" | "gone";

/** What is needed to know a file again. */
interface Place {
  readonly dev: number;
  readonly ino: number | null;
  /** Bytes there were when it was looked at last. */
  readonly size: number;
  /** Where the first line begins that has not been given out. */
  readonly offset: number;
  /** The bytes up to the next newline belong to a line whose beginning was not kept. */
  readonly isInLine: boolean;
}

/**
 * Reads what is appended to a file, line by line, each time from where it had come to. Nothing of the
 * file is kept between two reads, nor more than one chunk of {@linkcode MAX_LINE_BYTES} while it
 * reads: of a line that is not whole yet only its place is remembered. Synchronous, so that a reading
 * is known in the moment in which an event tells of it. Needs read permission.
 *
 * A file that has grown stays open until this is disposed: it will grow again, opening it is most of
 * the work, and each opening would be told of as an event.
 */
export class AppendedLines implements Disposable {
  #place: Place | undefined;
  #file: Deno.FsFile | undefined;

  constructor(readonly path: string) {}

  /** Goes to the end: only what is appended from now on is read. */
  skipToEnd(): void {
    const stat = fileInfo(this.path);
    // The last byte tells whether a line is being written just now.
    if (stat) this.#place = begin(stat, Math.max(0, stat.size - 1));
  }

  /**
   * Gives out the whole lines that came since the last time, without their ends. In a file that is
   * met for the first time, that was cut short or replaced, these are the whole lines of the last
   * {@linkcode MAX_TAIL_BYTES}.
   *
   * @param onLine Must not throw.
   */
  read(onLine: (line: string) => void): Growth {
    const stat = this.#grown() ?? fileInfo(this.path);
    if (!stat) return this.#forget();
    const { size } = stat;
    const last = this.#place;
    const isSameFile = last?.ino === stat.ino && last?.dev === stat.dev && size >= last.size;
    // Most events tell of what an earlier one had us read already.
    if (isSameFile && size === last.size) return "same";
    if (!isSameFile) this[Symbol.dispose]();
    const isFew = isSameFile && size - last.offset <= MAX_AT_ONCE_BYTES;
    const from = isFew ? last : begin(stat, Math.max(0, size - MAX_TAIL_BYTES));
    try {
      this.#file ??= Deno.openSync(this.path);
      this.#place = { ...from, size, ...readLines(this.#file, from, size, onLine) };
    } catch {
      // It was removed in this very moment, or may not be read.
      return this.#forget();
    }
    return "grew";
  }

  /** Closes the file; the place in it is remembered. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** The open file, where it has grown: then the path need not be asked. */
  #grown(): Deno.FileInfo | undefined {
    const last = this.#place;
    if (!this.#file || !last) return undefined;
    try {
      const stat = this.#file.statSync();
      return stat.size > last.size && stat.ino === last.ino ? stat : undefined;
    } catch {
      // Taken away by another machine, on a network file system: the path tells what is there.
      this[Symbol.dispose]();
      return undefined;
    }
  }

  #forget(): "gone" {
    this[Symbol.dispose]();
    this.#place = undefined;
    return "gone";
  }
}

/** A place in a file; the line that is under way there is passed over, if it is not the first. */
function begin({ dev, ino, size }: Deno.FileInfo, offset: number): Place {
  return { dev, ino, size, offset, isInLine: offset > 0 };
}

/** Reads up to `size` and tells the place that it has come to. */
function readLines(
  file: Deno.FsFile,
  from: Place,
  size: number,
  onLine: (line: string) => void,
): Pick<Place, "offset" | "isInLine"> {
  let { offset, isInLine } = from;
  while (offset < size) {
    file.seekSync(offset, Deno.SeekMode.Start);
    const length = fill(file, chunk.subarray(0, size - offset));
    // It was cut short in this very moment.
    if (length === 0) break;
    const bytes = chunk.subarray(0, length);
    const start = isInLine ? bytes.indexOf(NEWLINE) + 1 : 0;
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > start) {
      const lines = decoder.decode(bytes.subarray(start, end - 1)).split("\n");
      for (const line of lines) onLine(line);
    }
    if (end > 0) {
      offset += end;
      isInLine = false;
    } else if (isInLine || length === MAX_LINE_BYTES) {
      offset += length;
      isInLine = true;
    } else {
      // The line at its end is not whole yet.
      break;
    }
  }
  return { offset, isInLine };
}

/** Reads until the bytes are full or the file ends; one read may give less. */
function fill(file: Deno.FsFile, bytes: Uint8Array): number {
  let length = 0;
  while (length < bytes.length) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return length;
}
