/** Takes the cursor to the beginning of the line, and what stands there away. */
const ANEW = "\r\x1b[K";

/** One line on a terminal that is written over; stderr is to be one. */
export class Countdown implements Disposable {
  #isOn = false;

  /** Shows a text in the place of the one before, as much of it as the terminal has room for. */
  show(text: string): void {
    this.#isOn = true;
    write(`${ANEW}${fitting(text, columns() - 1)}`);
  }

  /** Ends the line, so that what comes next begins on one of its own. */
  [Symbol.dispose](): void {
    if (this.#isOn) write("\n");
    this.#isOn = false;
  }
}

/** A line with our name: the end of a long one is left out part by part, then the name. Pure. */
export function fitting(text: string, columns: number): string {
  const parts = text.split(/(?=[;,] )/);
  const shorter = parts.map((_, index) => parts.slice(0, parts.length - index).join(""));
  const named = shorter.map((each) => `quota-sentry: ${each}`);
  return [...named, shorter.at(-1)!].find(({ length }) => length <= columns) ??
    text.slice(0, columns);
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
