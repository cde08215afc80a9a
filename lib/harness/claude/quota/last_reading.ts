import { searchBackwards } from "../../../files/search_backwards.ts";
import { CLOCK, type Clock } from "../../../process/clock.ts";
import type { DatedReading } from "../../../quota/reading.ts";
import type { StateDirectory } from "../../../state/state_directory.ts";
import { parseTimestamp } from "../../../text/timestamp.ts";
import { changedAt, toldIn, toldPath } from "./told.ts";

/** The status line comes 0.3 s behind an answer (2.1.197), on a busy machine later; in milliseconds. */
const LINE_WITHIN_MS = 1_500;

const LOOK_EVERY_MS = 10;

/** A session's last answer is within this much of the end of its file, in bytes. */
const MAX_BYTES = 256 * 1024;

/**
 * What a session was told with its last answer. Its status line hands that on a moment after the answer,
 * when the next request may be about to be made: so it is waited for. Undefined, at once, for a session
 * that has no status line. Needs read permission.
 *
 * @param transcript The session's file.
 */
export async function lastReading(
  transcript: string,
  directory: StateDirectory,
  clock: Clock = CLOCK,
): Promise<DatedReading | undefined> {
  const [, session = ""] = /([^/]+)\.jsonl$/.exec(transcript) ?? [];
  const path = toldPath(directory, session);
  if (path === undefined || changedAt(path) === undefined) return undefined;
  const answeredAtMs = await lastAnswerAt(transcript);
  if (answeredAtMs !== undefined) {
    const leftMs = Math.min(LINE_WITHIN_MS, answeredAtMs + LINE_WITHIN_MS - clock.now().getTime());
    const deadline = clock.monotonicMs() + leftMs;
    while (clock.monotonicMs() < deadline && (changedAt(path) ?? Infinity) < answeredAtMs) {
      await clock.delay(LOOK_EVERY_MS);
    }
  }
  const told = toldIn(path);
  return told?.kind === "windows" ? told : undefined;
}

/** When the model answered last, in milliseconds since 1970; undefined where that is not to be found. */
async function lastAnswerAt(transcript: string): Promise<number | undefined> {
  try {
    // Checked before opening: a FIFO would block.
    if (!Deno.statSync(transcript).isFile) return undefined;
    return (await searchBackwards(transcript, answeredAt, MAX_BYTES)).value;
  } catch {
    return undefined;
  }
}

/** When a line of a session's file says that the model answered; undefined for other lines. */
function answeredAt(line: string): number | undefined {
  if (!line.includes('"type":"assistant"')) return undefined;
  try {
    const { type, timestamp } = JSON.parse(line);
    return type === "assistant" ? parseTimestamp(timestamp)?.getTime() : undefined;
  } catch {
    return undefined;
  }
}
