import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { until } from "../support/sandbox.ts";
import type { CodexSandbox } from "./session.ts";

/** What Codex asks its terminal, and what a terminal answers. */
const ANSWERS = [
  // Where the cursor is.
  ["\x1b[6n", "\x1b[1;1R"],
  // What kind of terminal it is.
  ["\x1b[c", "\x1b[?62;22c"],
  // Which colours it has.
  ["\x1b]10;?", "\x1b]10;rgb:ffff/ffff/ffff\x1b\\"],
  ["\x1b]11;?", "\x1b]11;rgb:0000/0000/0000\x1b\\"],
] as const;

/** Codex in a terminal, with somebody who can type. */
export class Terminal extends PseudoTerminal {
  #answered = 0;

  constructor(box: CodexSandbox, args: readonly string[] = [], cwd = box.home) {
    const words = [`${box.bin}/codex`, ...args].map((word) => `'${word}'`).join(" ");
    super(box, `exec ${words}`, { columns: 120, rows: 40, cwd });
  }

  /** All that was shown, without what moves the cursor. */
  get shown(): string {
    const { written } = this;
    // deno-lint-ignore no-control-regex -- Sequences that a terminal obeys.
    return written.replace(/\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)/g, "");
  }

  /** Waits until a text is shown. */
  async shows(text: string): Promise<void> {
    const isShown = () => this.shown.replace(/\s+/g, "").includes(text.replace(/\s+/g, ""));
    await until(`the terminal shows "${text}"`, isShown).catch((error) => {
      throw new Error(`${error.message}; it shows: ${this.shown.slice(-2000)}`);
    });
  }

  /** Stops Codex where it is, as if the machine had no time for it. */
  freeze(): void {
    Deno.kill(this.#program(), "SIGSTOP");
  }

  /** Ends that; `script` has stopped with it. */
  thaw(): void {
    this.child.kill("SIGCONT");
    Deno.kill(this.#program(), "SIGCONT");
  }

  /** The one program that `script` has started. */
  #program(): number {
    const { pid } = this.child;
    return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim());
  }

  protected override async took(): Promise<void> {
    for (const [question, answer] of ANSWERS) {
      if (this.written.indexOf(question, this.#answered) !== -1) await this.press(answer);
    }
    this.#answered = this.written.length;
  }
}
