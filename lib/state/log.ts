import { formatTimestamp } from "../text/timestamp.ts";

/** The log is moved aside when it is larger than this. */
const MAX_LOG_BYTES = 1024 * 1024;

/** Older logs that are kept, `quota-sentry.log.1` being the newest. */
const OLD_LOGS = 2;

/** Writes one line per event. It never throws: a full disk must not end the daemon. */
export interface Log {
  write(message: string): void;
}

/** A log, 0600, capped. Needs write permission. */
export function openLog(path: string, now: () => Date): Log {
  return {
    write(message: string): void {
      try {
        moveAside(path);
        Deno.writeTextFileSync(path, logLine(message, now()), { append: true, mode: 0o600 });
      } catch {
        // The state is what guards read; a line that is lost costs nobody anything.
      }
    },
  };
}

/** One line of the log; whatever the message holds, it stays one. */
export function logLine(message: string, now: Date): string {
  return `${formatTimestamp(now)} ${oneLine(message)}\n`;
}

/** A message without what breaks a line, or moves a terminal's cursor. */
export function oneLine(message: string): string {
  return message.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

function moveAside(path: string): void {
  try {
    if (Deno.statSync(path).size <= MAX_LOG_BYTES) return;
    for (let index = OLD_LOGS; index > 0; index--) {
      rename(index === 1 ? path : `${path}.${index - 1}`, `${path}.${index}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function rename(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Writes a line only when it differs from the one before about the same thing. */
export class FoldedLines {
  readonly #log: Log;
  readonly #last = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * An empty line says that there is nothing to say any more.
   *
   * @param key What makes a line another one, where that is not its text.
   */
  write(about: string, line: string, key = line): void {
    if ((this.#last.get(about) ?? "") === key) return;
    this.#last.set(about, key);
    if (line !== "") this.#log.write(line);
  }
}
