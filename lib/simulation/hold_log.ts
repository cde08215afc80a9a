import { AppendedLines } from "../files/appended_lines.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/** What guards say in the log of a state directory: that they hold, and that they have let go. */
export class HoldLog {
  readonly #lines: AppendedLines;
  readonly #pids = new Set<number>();
  #begun = 0;
  #ended = 0;

  constructor(directory: StateDirectory) {
    this.#lines = new AppendedLines(directory.file("log"));
  }

  /** Takes in what has been written since the last look. */
  look(): void {
    this.#lines.read((line) => {
      const [, pid] = /guard (\d+): held until/.exec(line) ?? [];
      if (pid !== undefined) {
        this.#begun++;
        this.#pids.add(Number(pid));
      } else if (/guard \d+: held for/.test(line)) {
        this.#ended++;
      }
    });
  }

  /** Holds that were begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Holds that are on. */
  get held(): number {
    return this.#begun - this.#ended;
  }

  /** True for a guard that was called without the hook script, and holds or has held. */
  hasHeld(pid: number): boolean {
    return this.#pids.has(pid);
  }
}
