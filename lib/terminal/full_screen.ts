import { fit, shown, widthOf } from "./fit.ts";
import type { Output } from "./output.ts";

/** The terminal, as far as a full screen needs it. */
export interface FullScreenTerminal {
  write(text: string): void;
  setRaw(isRaw: boolean): void;
  /** @throws Where it cannot be asked. */
  size(): { columns: number; rows: number };
}

/** Another screen, without a cursor and without lines that go on in the next one; and back. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** Between these a terminal shows nothing of what comes, and then all of it at once. */
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";

/** The whole screen, until it is disposed: then the terminal is as it was. */
export class FullScreen implements Disposable {
  readonly #terminal: FullScreenTerminal;
  #drawn = "";
  #isOpen = true;

  constructor(terminal: FullScreenTerminal) {
    this.#terminal = terminal;
    terminal.setRaw(true);
    terminal.write(ENTER);
  }

  /** Shows these lines, and one at the bottom; what is the same as before is not written again. */
  draw(lines: readonly string[], foot: string, output: Pick<Output, "isUtf8">): void {
    if (!this.#isOpen) return;
    const { rows, columns } = this.#terminal.size();
    const room = Math.max(1, rows - 1);
    const more = `${shown("…", output)} ${lines.length - room + 1} more lines`;
    const fitting = lines.length > room ? [...lines.slice(0, room - 1), more] : lines;
    const all = [...fitting, ...Array(Math.max(0, room - fitting.length)).fill("")];
    // Behind a line that is full it would take its last character.
    const text = [...all, fit(foot, columns, output)]
      .map((line) => widthOf(line) < columns ? `${line}\x1b[K` : line).join("\r\n");
    if (text === this.#drawn) return;
    this.#drawn = text;
    this.#terminal.write(`${BEGIN}\x1b[H${text}${END}`);
  }

  /** The terminal has another size: all is drawn anew. */
  resized(): void {
    this.#drawn = "";
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const back of [() => this.#terminal.write(LEAVE), () => this.#terminal.setRaw(false)]) {
      try {
        back();
      } catch {
        // The terminal has gone.
      }
    }
  }
}
