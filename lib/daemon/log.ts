import { join } from "@std/path";
import { formatTimestamp } from "../quota/timestamp.ts";
import { STATE_FILES } from "../state/files.ts";

/** The log is moved aside when it is larger than this; one older log is kept. */
const MAX_LOG_BYTES = 1024 * 1024;

/** Writes one line per event. It never throws: a full disk must not end the daemon. */
export interface Log {
  write(message: string): void;
}

/** The log of a state directory, 0600, capped. Needs write permission. */
export function openLog(directory: string, now: () => Date): Log {
  const path = join(directory, STATE_FILES.log);
  return {
    write(message: string): void {
      try {
        moveAside(path, join(directory, STATE_FILES.oldLog));
        const line = `${formatTimestamp(now())} ${message}\n`;
        Deno.writeTextFileSync(path, line, { append: true, mode: 0o600 });
      } catch {
        // The state is what guards read; a line that is lost costs nobody anything.
      }
    },
  };
}

function moveAside(path: string, oldPath: string): void {
  try {
    if (Deno.statSync(path).size > MAX_LOG_BYTES) Deno.renameSync(path, oldPath);
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

  /** An empty line says that there is nothing to say any more. */
  write(about: string, line: string): void {
    if ((this.#last.get(about) ?? "") === line) return;
    this.#last.set(about, line);
    if (line !== "") this.#log.write(line);
  }
}
