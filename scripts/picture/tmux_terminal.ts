/** How a terminal is to be. */
export interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  /** Where tmux may put its socket; nothing is there yet. */
  readonly socket: string;
  /** All of the program's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A program in a terminal of tmux's, which knows what is on the screen. Needs permission to run `tmux`. */
export class TmuxTerminal implements AsyncDisposable {
  readonly #options: TmuxOptions;

  private constructor(options: TmuxOptions) {
    this.#options = options;
  }

  /** Starts a program there. */
  static async start(program: string, options: TmuxOptions): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal(options);
    const { columns, rows, cwd } = options;
    const size = ["-x", String(columns), "-y", String(rows)];
    await terminal.#tmux(["-f", "/dev/null", "new-session", "-d", ...size, "-c", cwd, program]);
    return terminal;
  }

  /** What is on the screen, without the empty lines at its end; with its colours unless it is to be plain. */
  async screen(isPlain: boolean): Promise<string> {
    return (await this.#tmux(["capture-pane", "-p", ...(isPlain ? [] : ["-e"])])).trimEnd();
  }

  /** Types a text, as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux(["send-keys", "-l", text]);
  }

  /** Presses a key, by tmux's name. */
  async press(key: string): Promise<void> {
    await this.#tmux(["send-keys", key]);
  }

  async #tmux(args: readonly string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-S", this.#options.socket, ...args],
      env: { ...this.#options.env, TERM: "xterm-256color" },
      clearEnv: true,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!success) throw new Error(`tmux ${args[0]}: ${text(stderr)}`);
    return text(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux(["kill-server"]);
  }
}
