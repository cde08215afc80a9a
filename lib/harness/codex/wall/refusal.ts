import type { DatedReading } from "../../../quota/reading.ts";
import type { QuotaWindow } from "../../../quota/window.ts";
import { parseTimestamp } from "../../../text/timestamp.ts";
import { jsonOf, parseLine } from "../sessions/parse.ts";
import { isSettingsLine, TaskComplete } from "./lines.ts";

/** How a session's file ends where its last request was refused for want of quota. */
export interface Refusal {
  readonly turn: string;
  readonly at: Date;
  /** As the refusal told them; none where it told nothing. */
  readonly windows: readonly QuotaWindow[];
  /** When all windows that were spent have reset; undefined where the file does not tell. */
  readonly resetsAt: Date | undefined;
}

/** What a refusal says that ends by itself; others ask for another plan, or for money. */
const ENDS_BY_ITSELF = /\busage limit\b[\s\S]*\btry again\b/i;

/** Those that wait for no reset, whatever the limits are (the words are Codex's, read). */
const NEVER_ENDS = /\bquota exceeded\b|\bupgrade to\b(?![\s\S]*\btry again\b)/i;

/**
 * Reads the end of a session's file, the last line first. Pure. Codex 0.169 writes the limits that came
 * with the refusal, then that the turn is complete, with an error; where it was a compaction that was
 * refused, the limits are those of the request before (seen).
 */
export class RefusalReader {
  #last: { turn: string; at: Date; message: string } | undefined;
  #result: Refusal | "none" | undefined;

  /**
   * Takes the next line, from the end on.
   *
   * @returns What the file ends in, once that is known: a refusal, or none that ends by itself.
   */
  take(line: string): Refusal | "none" | undefined {
    if (line === "" || this.#result) return this.#result;
    if (!this.#last) {
      if (isSettingsLine(line)) return undefined;
      this.#last = lastWords(line);
      return this.#result = this.#last ? undefined : "none";
    }
    const reading = parseLine(line, this.#last.at);
    // Before its turn there is nothing that belongs to it.
    if (!reading && !line.includes('"task_started"')) return undefined;
    return this.#result = this.#told(reading);
  }

  /** What is known where the file, or what is looked at of it, begins here. */
  end(): Refusal | "none" {
    return this.#result ?? (this.#last ? this.#told(undefined) : "none");
  }

  #told(reading: DatedReading | undefined): Refusal | "none" {
    const { turn, at, message } = this.#last!;
    const spent = reading?.windows.filter(({ usedPercent }) => usedPercent >= 100) ?? [];
    const resets = spent.map(({ resetsAt }) => resetsAt?.getTime() ?? NaN);
    const last = Math.max(...resets);
    if (spent.length > 0 && last > at.getTime() && !NEVER_ENDS.test(message)) {
      return { turn, at, windows: reading!.windows, resetsAt: new Date(last) };
    }
    return ENDS_BY_ITSELF.test(message) ? { turn, at, windows: [], resetsAt: undefined } : "none";
  }
}

function lastWords(line: string): { turn: string; at: Date; message: string } | undefined {
  if (!line.includes('"usage_limit_exceeded"')) return undefined;
  const parsed = TaskComplete.safeParse(jsonOf(line));
  const at = parseTimestamp(parsed.data?.timestamp);
  if (!parsed.success || !at) return undefined;
  const { turn_id, error } = parsed.data.payload;
  return { turn: turn_id, at, message: error.message };
}
