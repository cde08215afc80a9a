import { fileInfo } from "../files/file_info.ts";

/** How far a log was read: a file, and the bytes of it. */
export interface LogPlace {
  readonly ino: number | null;
  readonly offset: number;
}

/** What came since then, and how far it is read now. */
export interface LogTail {
  readonly lines: readonly string[];
  readonly place: LogPlace;
}

/** More than this at once is not read through; a log is moved aside at a megabyte. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The whole lines that came into a log since it was read last, also where it has been moved aside
 * meanwhile. Nothing is kept open, and the place can be written down: a later process goes on there.
 * Needs read permission.
 *
 * @param path The log; the one before it is `PATH.1`.
 * @param from Undefined where it was never read: then from its beginning.
 * @returns undefined when there is no log.
 */
export function readLogTail(path: string, from: LogPlace | undefined): LogTail | undefined {
  const now = fileInfo(path);
  if (!now) return undefined;
  if (from && from.ino === now.ino && from.offset <= now.size) {
    return readFrom(path, now.ino, from.offset, now.size);
  }
  const earlier = `${path}.1`;
  const moved = from && fileInfo(earlier);
  const rest = moved && moved.ino === from.ino && from.offset < moved.size
    ? readFrom(earlier, moved.ino, from.offset, moved.size).lines
    : [];
  const fresh = readFrom(path, now.ino, 0, now.size);
  return { lines: [...rest, ...fresh.lines], place: fresh.place };
}

function readFrom(path: string, ino: number | null, offset: number, size: number): LogTail {
  const start = Math.max(offset, size - MAX_BYTES);
  using file = Deno.openSync(path);
  file.seekSync(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size - start);
  let length = 0;
  while (length < bytes.length) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  const end = bytes.subarray(0, length).lastIndexOf("\n".charCodeAt(0)) + 1;
  const text = new TextDecoder().decode(bytes.subarray(0, end));
  return {
    lines: text.split("\n").filter((line) => line !== ""),
    place: { ino, offset: start + end },
  };
}
