import { until } from "../support/sandbox.ts";
import type { CodexSandbox } from "./session.ts";

/** A message of `codex app-server`: the answer to a call, or something that happened. */
interface Message {
  readonly id?: string;
  readonly method?: string;
  // deno-lint-ignore no-explicit-any -- Codex's own; a test names the field that it wants.
  readonly params?: any;
  // deno-lint-ignore no-explicit-any
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** Drives a sandbox's `codex app-server`, as an editor does: JSON lines on stdin and stdout. */
export class AppServerClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #messages: Message[] = [];
  #calls = 0;

  private constructor(box: CodexSandbox) {
    this.#child = new Deno.Command(`${box.bin}/codex`, {
      args: ["app-server"],
      cwd: box.home,
      env: box.env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts the server. */
  static async start(box: CodexSandbox): Promise<AppServerClient> {
    const client = new AppServerClient(box);
    await client.call("initialize", {
      clientInfo: { name: "test", version: "0" },
      capabilities: { experimentalApi: true },
    });
    await client.#send({ method: "initialized" });
    return client;
  }

  /** Calls a method and gives its result. */
  async call(method: string, params: unknown): Promise<Message["result"]> {
    const id = String(++this.#calls);
    await this.#send({ id, method, params });
    let answer: Message | undefined;
    await until(`codex answers ${method}`, () => {
      answer = this.#messages.find((each) => each.id === id && each.method === undefined);
      return answer !== undefined;
    }, 30_000);
    if (answer?.error) throw new Error(`codex refused ${method}: ${answer.error.message}`);
    return answer?.result;
  }

  /** What the server has told of a kind, the oldest first. */
  told(method: string): Message["params"][] {
    return this.#messages.filter((each) => each.method === method).map(({ params }) => params);
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream() as never)) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      this.#messages.push(...lines.map((line) => JSON.parse(line)));
    }
  }

  async #send(message: unknown): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }

  /** Ends the server, which goes when its stdin is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
    await this.#reading;
  }
}
