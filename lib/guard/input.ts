import { CLOCK, type Clock } from "../process/clock.ts";

/**
 * How long stdin is waited for in all, in milliseconds. A harness writes its JSON and closes the pipe at
 * once; whoever keeps it open must not hang us. With the start and the end of this program it is not
 * more than ten seconds.
 */
const PATIENCE_MS = 9_000;

/** What is looked at of an input; the rest is taken and dropped. */
const MAX_BYTES = 4 * 1024;

/** An id as a harness gives it, before anything in the input that a model or a user has written. */
const TURN = /^\s*\{"session_id":\s*"[^"]*",\s*"turn_id":\s*"([\w-]{1,80})"/;

/** The session's file where it stands behind the ids, as harnesses write it, however long their input is. */
const TRANSCRIPT =
  /^\s*\{"session_id":\s*"[^"]*",(?:\s*"turn_id":\s*"[^"]*",)?\s*"transcript_path":\s*"(\/[^"\\]*)"/;

/** What a harness writes to a hook's stdin, as far as it is of use. */
export interface HookInput {
  /** Waits for the end, but not for ever: a harness reports a hook that leaves its input as failed. */
  ended(): Promise<void>;
  /** How it begins, as soon as its ids have come. */
  beginning(): Promise<string>;
  /** The turn that the hook is called in, as soon as it has come; undefined where there is none. */
  turn(): Promise<string | undefined>;
  /** The session's file; undefined where there is none, or it stands far behind. */
  transcript(): Promise<string | undefined>;
}

/** Where the input comes from: `Deno.stdin`, or what a test gives. */
export type Stdin = Pick<typeof Deno.stdin, "isTerminal" | "read">;

/** Reads stdin to its end, unless it is a terminal, and keeps its beginning. */
export function takeInput(stdin: Stdin = Deno.stdin, clock: Clock = CLOCK): HookInput {
  let beginning = "";
  const [begun, located] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const drained = new AbortController();
  void drain(stdin, (text) => {
    if (beginning.length < MAX_BYTES) beginning += text;
    if (beginning.length >= MAX_BYTES || TURN.test(beginning)) begun.resolve();
    if (TRANSCRIPT.test(beginning)) located.resolve();
  }).finally(() => drained.abort());
  // One for all: whoever asks for several things waits once.
  const ended = clock.delay(PATIENCE_MS, drained.signal);
  const begins = async () => {
    await Promise.race([begun.promise, ended]);
    return beginning;
  };
  return {
    ended: () => ended,
    beginning: begins,
    async turn() {
      return TURN.exec(await begins())?.[1];
    },
    async transcript() {
      await Promise.race([located.promise, ended]);
      const first = TRANSCRIPT.exec(beginning)?.[1];
      if (first) return first;
      try {
        const { transcript_path: path } = JSON.parse(beginning);
        return typeof path === "string" && path.startsWith("/") ? path : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

async function drain(stdin: Stdin, take: (text: string) => void): Promise<void> {
  try {
    if (stdin.isTerminal()) return;
    const buffer = new Uint8Array(64 * 1024);
    const decoder = new TextDecoder();
    for (;;) {
      const length = await stdin.read(buffer);
      if (length === null) return;
      take(decoder.decode(buffer.subarray(0, length), { stream: true }));
    }
  } catch {
    // Closed or unreadable: there is nothing to take.
  }
}
