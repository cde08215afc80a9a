import * as z from "zod";
import { killGroup } from "../../process/kill_group.ts";
import { spawn, SpawnError } from "../../process/spawn.ts";
import { VERSION } from "../../process/version.ts";
import { within } from "../../process/within.ts";
import { forUser } from "../../text/for_user.ts";
import { environmentFor } from "./home.ts";

/** Codex answers a call within 0.3 s; its first one, on a slow disk, within seconds. */
const CALL_TIMEOUT_MS = 20_000;

/** How long Codex may take to end once its stdin is closed; it takes 15 ms. */
const END_TIMEOUT_MS = 2_000;

/** How long its last words are waited for when it has ended. */
const LAST_WORDS_TIMEOUT_MS = 500;

/** A line longer than this is no answer to what we ask. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/** So many of the things that it tells by itself are kept, the last of them. */
const MAX_NOTIFICATIONS = 100;

/** So much of what it says on stderr is kept, the last of it. */
const MAX_STDERR_LENGTH = 8_000;

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
  /** Of what the server asks or tells by itself. */
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
type Message = z.infer<typeof Message>;

/** Something that Codex tells by itself. */
export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

/** How to start Codex's server. */
export interface AppServerOptions {
  /** The home that it is to have; undefined for the one that counts here. */
  readonly home?: string;
  /** Settings that count for it alone, as `codex -c` takes them. */
  readonly settings?: readonly string[];
  /** Ends the calls that wait for an answer. */
  readonly signal?: AbortSignal;
}

/**
 * A conversation with `codex app-server`: one JSON message a line on stdin and stdout, without a
 * `jsonrpc` field. Needs permission to run `codex`.
 */
export class AppServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #signal: AbortSignal | undefined;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #readers: ReadableStreamDefaultReader<string>[];
  readonly #waiting = new Map<string, PromiseWithResolvers<Message | undefined>>();
  readonly #stderrEnd: Promise<void>;
  readonly #notifications: Notification[] = [];
  #stderr = "";
  #calls = 0;
  #hasEnded = false;
  #version: string | undefined;

  private constructor(child: Deno.ChildProcess, signal: AbortSignal | undefined) {
    this.#child = child;
    this.#signal = signal;
    this.#writer = child.stdin.getWriter();
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    this.#readers = [stdout, stderr];
    void this.#takeAnswers(stdout);
    this.#stderrEnd = this.#takeStderr(stderr);
  }

  /**
   * Starts Codex's server and introduces us.
   *
   * @throws {CodexMissingError} When there is no `codex` on PATH.
   * @throws {AppServerError} When it does not answer.
   */
  static async start({ home, settings = [], signal }: AppServerOptions = {}): Promise<AppServer> {
    let child: Deno.ChildProcess;
    try {
      child = spawn("codex", {
        args: ["app-server", ...settings.flatMap((setting) => ["-c", setting])],
        env: environmentFor(home),
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        detached: true,
      });
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error;
      if (error.cause instanceof Deno.errors.NotFound) throw new CodexMissingError(error.message);
      throw new AppServerError(error.message);
    }
    const server = new AppServer(child, signal);
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

  /** What it has told by itself, the last hundred. */
  get notifications(): readonly Notification[] {
    return this.#notifications;
  }

  /**
   * Calls a method and waits for its result.
   *
   * @throws {AppServerError} When Codex refuses, ends, or does not answer in time, or nobody waits for
   * its answer any more.
   */
  async call(method: string, params: unknown, timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const id = `${++this.#calls}`;
    const answer = Promise.withResolvers<Message | undefined>();
    // While the call is being sent nobody waits for it yet.
    answer.promise.catch(() => {});
    this.#waiting.set(id, answer);
    const timeout = setTimeout(
      () => answer.reject(new AppServerError(`codex did not answer ${method} in time`)),
      timeoutMs,
    );
    const abort = () => answer.reject(new AppServerError("this process is to end"));
    this.#signal?.addEventListener("abort", abort);
    try {
      if (this.#signal?.aborted) abort();
      if (this.#hasEnded) answer.resolve(undefined);
      else await this.#send({ id, method, params });
      const message = await answer.promise;
      if (!message) throw new AppServerError(await this.#lastWords(method));
      if (message.error) {
        throw new AppServerError(`codex refused ${method}: ${forUser(message.error.message)}`);
      }
      return message.result;
    } finally {
      clearTimeout(timeout);
      this.#signal?.removeEventListener("abort", abort);
      this.#waiting.delete(id);
    }
  }

  /** Hands each answer to who waits for it; one that comes too late is nobody's. */
  async #takeAnswers(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    let rest = "";
    for (;;) {
      const { value } = await reader.read().catch(() => ({ value: undefined }));
      if (value === undefined || rest.length > MAX_LINE_LENGTH) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const message of lines.map(parseMessage)) {
        if (!message) continue;
        const { id, method, params } = message;
        if (method === undefined) this.#waiting.get(`${id}`)?.resolve(message);
        else if (id === undefined) this.#notify({ method, params });
      }
    }
    this.#hasEnded = true;
    for (const { resolve } of this.#waiting.values()) resolve(undefined);
  }

  #notify(notification: Notification): void {
    this.#notifications.push(notification);
    if (this.#notifications.length > MAX_NOTIFICATIONS) this.#notifications.shift();
  }

  async #takeStderr(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    for (;;) {
      const { value } = await reader.read().catch(() => ({ value: undefined }));
      if (value === undefined) return;
      this.#stderr = (this.#stderr + value).slice(-MAX_STDERR_LENGTH);
    }
  }

  /** What to say of a Codex that has ended. */
  async #lastWords(method: string): Promise<string> {
    await within(this.#stderrEnd, LAST_WORDS_TIMEOUT_MS);
    const why = reasonIn(this.#stderr);
    const ended = `codex ended before it answered ${method}`;
    return why === undefined ? ended : `${ended}: ${why}`;
  }

  async #send(message: unknown): Promise<void> {
    try {
      await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    } catch {
      // It has ended; that it has is seen where its answers are read.
    }
  }

  /** Ends the server: it goes when its stdin is closed, and is killed with its children if not. */
  async [Symbol.asyncDispose](): Promise<void> {
    void this.#writer.close().catch(() => {});
    const timeout = setTimeout(() => void killGroup(this.#child), END_TIMEOUT_MS);
    await this.#child.status;
    clearTimeout(timeout);
    // Its children may hold the pipes that are being read.
    await killGroup(this.#child);
    await Promise.all(this.#readers.map((reader) => reader.cancel().catch(() => {})));
  }
}

const Introduced = z.looseObject({ userAgent: z.string() });

/** Codex calls itself "NAME/0.169.0 (Debian 12.0.0; x86_64) …", with the name that we gave. */
function versionIn(introduced: unknown): string | undefined {
  const { userAgent = "" } = Introduced.safeParse(introduced).data ?? {};
  return /^[^/\s]+\/(\d+\.\d+[\w.+-]{0,40})(\s|$)/.exec(userAgent)?.[1];
}

/** Lines of its log, and warnings: it says as much when all is well. */
const SAID_ANYWAY = /^(\S+Z +[A-Z]+ |warning\b)/i;

/**
 * Why it has ended, as it says itself: the last line that speaks of an error, else the last one.
 *
 * @returns undefined when it says nothing.
 */
function reasonIn(stderr: string): string | undefined {
  // deno-lint-ignore no-control-regex -- Colours.
  const lines = stderr.replace(/\u001b\[[\d;]*m/g, "").split("\n").map(forUser)
    .filter((line) => line !== "" && !SAID_ANYWAY.test(line));
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
}

function textOf(stream: ReadableStream<Uint8Array>): ReadableStreamDefaultReader<string> {
  return stream.pipeThrough(new TextDecoderStream() as never).getReader() as never;
}

function parseMessage(line: string): Message | undefined {
  try {
    return Message.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
