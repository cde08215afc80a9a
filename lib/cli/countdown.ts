/** Takes the cursor to the beginning of the line, and what stands there away. */
const ANEW = "\r\x1b[K";

/** One line on a terminal that is written over; stderr is to be one. */
export class Countdown implements Disposable {
  #isOn = false;

  /** Shows a text in the place of the one before, cut to the width of the terminal. */
  show(text: string): void {
    this.#isOn = true;
    write(`${ANEW}${`quota-sentry: ${text}`.slice(0, columns() - 1)}`);
  }

  /** Ends the line, so that what comes next begins on one of its own. */
  [Symbol.dispose](): void {
    if (this.#isOn) write("\n");
    this.#isOn = false;
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

function write(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // The terminal was closed.
  }
}
