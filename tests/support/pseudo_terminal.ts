import { type Sandbox, until } from "./sandbox.ts";
import { SCRIPT } from "./tools.ts";

/** A shell command on a terminal of its own, with somebody who can type. */
export class PseudoTerminal implements AsyncDisposable {
  protected readonly child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  /** All that was written to it, as it came. */
  written = "";

  constructor(box: Sandbox, command: string, { columns = 80, rows = 24, cwd = box.home } = {}) {
    this.child = box.adopt(
      new Deno.Command(SCRIPT!, {
        args: ["-qfec", `stty rows ${rows} cols ${columns}; ${command}`, "/dev/null"],
        cwd,
        env: { ...box.env, TERM: "xterm-256color", SHELL: "/bin/sh", LANG: "C.UTF-8" },
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }),
    );
    this.#writer = this.child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Waits until something was written since that point of it. */
  async writes(pattern: RegExp, from = 0): Promise<void> {
    await until(`the terminal shows ${pattern}`, () => pattern.test(this.written.slice(from)))
      .catch((error) => {
        throw new Error(`${error.message}; it shows: ${this.written.slice(-3000)}`);
      });
  }

  /** Presses keys. */
  async press(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /**
   * Types a line. What is read in one go is taken for pasted, so the end comes by itself, and not before
   * something has come of the rest.
   */
  async type(line: string): Promise<void> {
    const before = this.written.length;
    await this.press(line);
    await until("it takes what is typed", () => this.written.length > before);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await this.press("\r");
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.child.stdout) {
      this.written += decoder.decode(chunk, { stream: true });
      await this.took();
    }
  }

  /** Called when something was written. */
  protected async took(): Promise<void> {}

  /** Ends what runs there as somebody does who closes the window. */
  async close(): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.#reading.catch(() => {});
    await this.#writer.close().catch(() => {});
  }
}
