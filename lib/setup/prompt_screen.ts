import { Writable } from "node:stream";
import { shown } from "../terminal/fit.ts";
import type { Output } from "../terminal/output.ts";

/** Colours, and no other control sequence. */
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g;

/** The marks of a prompt library, in ASCII. */
const IN_ASCII: Readonly<Record<string, string>> = {
  "│": "|",
  "┌": "+",
  "└": "+",
  "◆": "*",
  "◇": "o",
  "■": "x",
  "▲": "!",
  "◼": "[x]",
  "◻": "[ ]",
  "●": "(x)",
  "○": "( )",
  "•": "-",
  "↑": "up",
  "↓": "down",
};

/** Where a prompt library writes: as the output can show it, which the library does not ask. */
export class PromptScreen extends Writable {
  readonly columns: number;
  readonly #output: Output;
  readonly #write: (text: string) => void;

  constructor(output: Output, write: (text: string) => void) {
    super({ decodeStrings: false });
    this.columns = output.columns;
    this.#output = output;
    this.#write = write;
  }

  override _write(chunk: unknown, _encoding: string, done: (error?: Error | null) => void): void {
    const text = String(chunk);
    const plain = this.#output.hasColour ? text : text.replace(COLOURS, "");
    const { isUtf8 } = this.#output;
    this.#write(
      isUtf8
        ? plain
        : shown(plain.replace(/[^\0-\x7f]/gu, (each) => IN_ASCII[each] ?? each), this.#output),
    );
    done();
  }
}
