import { findTool } from "../support/tools.ts";
import { until } from "../support/sandbox.ts";
import type { CodexSandbox } from "./session.ts";

/** What gives a program a terminal of its own; in Debian's essential packages. */
export const SCRIPT = findTool("script");

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
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #shown = "";
  #answered = 0;

  constructor(box: CodexSandbox, args: readonly string[] = [], cwd = box.home) {
    const words = [`${box.bin}/codex`, ...args].map((word) => `'${word}'`).join(" ");
    this.#child = box.adopt(
      new Deno.Command(SCRIPT!, {
        args: ["-qfec", `stty rows 40 cols 120; exec ${words}`, "/dev/null"],
        cwd,
        env: { ...box.env, TERM: "xterm-256color", SHELL: "/bin/sh" },
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }),
    );
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** All that was shown, without what moves the cursor. */
  get shown(): string {
    // deno-lint-ignore no-control-regex -- Sequences that a terminal obeys.
    return this.#shown.replace(/\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)/g, "");
  }

  /** Waits until a text is shown. */
  async shows(text: string): Promise<void> {
    const isShown = () => this.shown.replace(/\s+/g, "").includes(text.replace(/\s+/g, ""));
    await until(`the terminal shows "${text}"`, isShown).catch((error) => {
      throw new Error(`${error.message}; it shows: ${this.shown.slice(-2000)}`);
    });
  }

  /** Presses keys. */
  async press(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** Types a line; Codex takes what comes in one go for pasted, so the end comes by itself. */
  async type(line: string): Promise<void> {
    await this.press(line);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await this.press("\r");
  }

  /** Stops Codex where it is, as if the machine had no time for it. */
  freeze(): void {
    Deno.kill(this.#program(), "SIGSTOP");
  }

  /** Ends that; `script` has stopped with it. */
  thaw(): void {
    this.#child.kill("SIGCONT");
    Deno.kill(this.#program(), "SIGCONT");
  }

  /** Ends Codex as somebody does who closes the window. */
  async close(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
  }

  /** The one program that `script` has started. */
  #program(): number {
    const { pid } = this.#child;
    return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim());
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#shown += decoder.decode(chunk, { stream: true });
      await this.#answer();
    }
  }

  async #answer(): Promise<void> {
    for (const [question, answer] of ANSWERS) {
      if (this.#shown.indexOf(question, this.#answered) !== -1) await this.press(answer);
    }
    this.#answered = this.#shown.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.#reading.catch(() => {});
    await this.#writer.close().catch(() => {});
  }
}
