import * as z from "zod";
import { killGroup } from "../process/kill_group.ts";
import { spawn, SpawnError } from "../process/spawn.ts";
import { VERSION } from "../version.ts";

/** Codex answers a call within 0.3 s; its first one, on a slow disk, within seconds. */
const CALL_TIMEOUT_MS = 20_000;

/** How long Codex may take to end once its stdin is closed; it takes 15 ms. */
const END_TIMEOUT_MS = 2_000;

/** A line longer than this is no answer to what we ask. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/** Codex could not be asked, or did not answer as it should; the message is for the user. */
export class AppServerError extends Error {
  override name = "AppServerError";
}

/** Codex is not on PATH. */
export class CodexMissingError extends Error {
  override name = "CodexMissingError";
}

const Message = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});

/**
 * A conversation with `codex app-server`: one JSON message a line on stdin and stdout, without a
 * `jsonrpc` field. Needs permission to run `codex`.
 */
export class AppServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #messages: AsyncGenerator<z.infer<typeof Message>>;
  #calls = 0;
  #version: string | undefined;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#messages = messagesOf(child.stdout);
  }

  /**
   * Starts Codex's server and introduces us.
   *
   * @throws {CodexMissingError} When there is no `codex` on PATH.
   * @throws {AppServerError} When it does not answer.
   */
  static async start(): Promise<AppServer> {
    let child: Deno.ChildProcess;
    try {
      child = spawn("codex", {
        args: ["app-server"],
        stdin: "piped",
        stdout: "piped",
        detached: true,
      });
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error;
      if (error.cause instanceof Deno.errors.NotFound) throw new CodexMissingError(error.message);
      throw new AppServerError(error.message);
    }
    const server = new AppServer(child);
    try {
      const introduced = await server.call("initialize", {
        clientInfo: { name: "quota-sentry", title: "Quota Sentry", version: VERSION },
        capabilities: { experimentalApi: true },
      });
      server.#version = versionIn(introduced);
      await server.#send({ method: "initialized" });
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Codex's version, such as "0.169.0"; undefined when it does not tell. */
  get version(): string | undefined {
    return this.#version;
  }

  /**
   * Calls a method and waits for its result.
   *
   * @throws {AppServerError} When Codex refuses, ends, or does not answer in time.
   */
  async call(method: string, params: unknown): Promise<unknown> {
    const id = `${++this.#calls}`;
    await this.#send({ id, method, params });
    const { promise, reject } = Promise.withResolvers<never>();
    const timeout = setTimeout(
      () => reject(new AppServerError(`codex did not answer ${method} in time`)),
      CALL_TIMEOUT_MS,
    );
    try {
      return await Promise.race([this.#answerTo(id, method), promise]);
    } finally {
      clearTimeout(timeout);
    }
  }

  async #answerTo(id: string, method: string): Promise<unknown> {
    for (;;) {
      const { done, value } = await this.#messages.next();
      if (done) throw new AppServerError(`codex ended before it answered ${method}`);
      if (value.id !== id) continue;
      if (value.error) throw new AppServerError(`codex refused ${method}: ${value.error.message}`);
      return value.result;
    }
  }

  async #send(message: unknown): Promise<void> {
    try {
      await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    } catch {
      throw new AppServerError("codex app-server ended at once");
    }
  }

  /** Ends the server: it goes when its stdin is closed, and is killed with its children if not. */
  async [Symbol.asyncDispose](): Promise<void> {
    void this.#writer.close().catch(() => {});
    const timeout = setTimeout(() => void killGroup(this.#child), END_TIMEOUT_MS);
    await this.#child.status;
    clearTimeout(timeout);
    // Its children may hold the pipe that is being read.
    await killGroup(this.#child);
    await this.#messages.return(undefined).catch(() => {});
  }
}

const Introduced = z.looseObject({ userAgent: z.string() });

/** Codex calls itself "NAME/0.169.0 (Debian 12.0.0; x86_64) …", with the name that we gave. */
function versionIn(introduced: unknown): string | undefined {
  const { userAgent = "" } = Introduced.safeParse(introduced).data ?? {};
  return /^[^/\s]+\/(\d+\.\d+[\w.+-]{0,40})(\s|$)/.exec(userAgent)?.[1];
}

/** The messages in a stream of lines. Lines that are no message are skipped. */
async function* messagesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<z.infer<typeof Message>> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream() as never)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_LENGTH) throw new AppServerError("codex sent a line without end");
    for (const line of lines) {
      const message = parseMessage(line);
      if (message) yield message;
    }
  }
}

function parseMessage(line: string): z.infer<typeof Message> | undefined {
  try {
    return Message.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
