/** Read at once, in bytes. */
const CHUNK_BYTES = 128 * 1024;

/** A longer line is passed over; one with a reading has 1.3 kB at the most (Codex 0.169). */
const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = "\n".charCodeAt(0);

/** What a search found, and how much it read for it. */
export interface Found<T> {
  readonly value: T | undefined;
  readonly bytes: number;
}

/**
 * Asks the lines of a file from the last to the first until one gives an answer. It keeps one chunk
 * and the rest of one line, however long the file and its lines are. Needs read permission.
 *
 * @param ask Gets each line without its end; the last one may not be whole.
 * @param maxBytes How far from the end to look.
 * @throws When the file cannot be read.
 */
export async function searchBackwards<T>(
  path: string,
  ask: (line: string) => T | undefined,
  maxBytes: number,
): Promise<Found<T>> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const first = Math.max(0, size - maxBytes);
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, size));
  // What follows the chunk, up to the end of its line; undefined when that is too long to keep.
  let rest: Uint8Array | undefined = new Uint8Array(0);
  let position = size;
  while (position > first) {
    const start = Math.max(first, position - CHUNK_BYTES);
    const bytes = chunk.subarray(0, position - start);
    await readAt(file, start, bytes);
    position = start;

    let end = bytes.length;
    for (;;) {
      const newline = end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
      // The beginning of this line is in an earlier chunk, unless there is none.
      if (newline === -1 && start > 0) break;
      const line = joined(bytes.subarray(newline + 1, end), rest);
      const value = line && ask(decoder.decode(line));
      if (value !== undefined) return { value, bytes: size - start };
      rest = new Uint8Array(0);
      if (newline === -1) break;
      end = newline;
    }
    rest = joined(bytes.slice(0, end), rest);
  }
  return { value: undefined, bytes: size - first };
}

/** The two parts of a line; undefined when it is too long. */
function joined(head: Uint8Array, rest: Uint8Array | undefined): Uint8Array | undefined {
  if (!rest || head.length + rest.length > MAX_LINE_BYTES) return undefined;
  if (rest.length === 0) return head;
  const line = new Uint8Array(head.length + rest.length);
  line.set(head);
  line.set(rest, head.length);
  return line;
}

/** Fills the bytes from that position on; where the file was cut short they become newlines. */
async function readAt(file: Deno.FsFile, position: number, bytes: Uint8Array): Promise<void> {
  await file.seek(position, Deno.SeekMode.Start);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  bytes.fill(NEWLINE, length);
}
