import { killGroup } from "./kill_group.ts";
import { spawn, SpawnError } from "./spawn.ts";

/** Limits of one run. */
export interface Bounds {
  /** The run is killed after this many milliseconds. */
  readonly deadlineMs: number;
  /** The run is killed once it has written more than this to stdout. */
  readonly maxBytes: number;
  /** What it gets in its environment beside ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** The run is killed when this fires. */
  readonly signal?: AbortSignal;
}

/** How a run ended. */
export type BoundedRun =
  | {
    readonly kind: "exited";
    readonly code: number;
    readonly signal: string | null;
    readonly stdout: string;
  }
  | { readonly kind: "not-started"; readonly problem: string }
  | { readonly kind: "deadline" }
  | { readonly kind: "too-much-output" }
  | { readonly kind: "aborted" };

/** How long output may still arrive after the program itself has ended: a child may hold the pipe. */
const DRAIN_MS = 500;

/**
 * Runs a program to its end or to a limit. It gets a process group of its own, and when this returns
 * that group is gone: children that the program left behind are killed with it. Only stdout is kept;
 * stderr is read and dropped, so that a program that floods it is not blocked. Output that is not
 * UTF-8 is decoded with replacement characters.
 *
 * Needs permission to run `program` and `kill`.
 */
export async function runBounded(
  program: string,
  args: readonly string[],
  bounds: Bounds,
): Promise<BoundedRun> {
  let child: Deno.ChildProcess;
  try {
    child = spawn(program, {
      args,
      env: bounds.env,
      stdout: "piped",
      stderr: "piped",
      detached: true,
    });
  } catch (error) {
    if (error instanceof SpawnError) return { kind: "not-started", problem: error.problem };
    throw error;
  }
  const stdout = new BoundedReader(child.stdout, bounds.maxBytes);
  const stderr = new BoundedReader(child.stderr, 0);
  const deadline = timer(bounds.deadlineMs, "deadline" as const);
  const abort = abortOf(bounds.signal);
  const first = await Promise.race([child.status, stdout.overflowed, deadline.done, abort.done]);
  deadline.cancel();
  abort.cancel();

  if (typeof first === "string") {
    await killGroup(child);
  } else {
    const drained = timer(DRAIN_MS, undefined);
    await Promise.race([stdout.ended, drained.done]);
    drained.cancel();
    await killGroup(child);
  }
  await Promise.all([stdout.cancel(), stderr.cancel(), child.status]);
  if (typeof first === "string") return { kind: first };
  if (stdout.isOverflowing) return { kind: "too-much-output" };
  return { kind: "exited", code: first.code, signal: first.signal, stdout: stdout.text() };
}

/** Reads a stream to its end, keeping at most `maxBytes`. */
class BoundedReader {
  /** Settles when the stream has more than `maxBytes`; never for `maxBytes` 0, which keeps nothing. */
  readonly overflowed: Promise<"too-much-output">;
  readonly ended: Promise<void>;
  isOverflowing = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];

  constructor(stream: ReadableStream<Uint8Array>, maxBytes: number) {
    this.#reader = stream.getReader();
    const { promise, resolve } = Promise.withResolvers<"too-much-output">();
    this.overflowed = promise;
    this.ended = this.#read(maxBytes, () => resolve("too-much-output"));
  }

  async #read(maxBytes: number, overflow: () => void): Promise<void> {
    let size = 0;
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        if (maxBytes === 0 || this.isOverflowing) continue;
        size += value.length;
        if (size > maxBytes) {
          this.isOverflowing = true;
          overflow();
        } else {
          this.#chunks.push(value);
        }
      }
    } catch {
      // A pipe that breaks ends the output; what came before it counts.
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
    await this.ended;
  }

  text(): string {
    const decoder = new TextDecoder();
    return this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") +
      decoder.decode();
  }
}

function timer<T>(ms: number, value: T): { done: Promise<T>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  const id = setTimeout(() => resolve(value), ms);
  return { done: promise, cancel: () => clearTimeout(id) };
}

function abortOf(signal?: AbortSignal): { done: Promise<"aborted">; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<"aborted">();
  const onAbort = () => resolve("aborted");
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return { done: promise, cancel: () => signal?.removeEventListener("abort", onAbort) };
}
