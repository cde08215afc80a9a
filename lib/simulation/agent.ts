import { PLAYER } from "../harness/registry.ts";
import { delay } from "../process/delay.ts";
import type { SharedQuota } from "./shared_quota.ts";

/** From the last line of a tool to the line with the reading; measured with Codex 0.169. */
const BEFORE_READING_MS = 2;

/** From that line to the hook of the next request; the least that was measured with Codex 0.169. */
const BEFORE_HOOK_MS = 17;

/** A request takes at least this share of the time from one to the next. */
const LEAST_SHARE = 0.1;

/** How a simulated agent works. */
export interface AgentOptions {
  /** Counted from 0. */
  readonly session: number;
  /** The home of the harness that is played. */
  readonly home: string;
  readonly quota: SharedQuota;
  /** From the end of one request to the end of the next, while nobody holds it. */
  readonly cycleMs: number;
  /** When the first request ends, from now. */
  readonly firstEndMs: number;
  /** Where the hook stands: before each request, or before the tool calls that follow it. */
  readonly hookAt: "model" | "tool";
  /** Calls the hook as the harness does, with what is to stand on its stdin. */
  readonly callHook: (input: string) => Promise<void>;
  /** A request was let in. */
  readonly onBegin?: () => void;
  /** A request has ended, and its reading is not written yet. */
  readonly onEnd?: () => void;
  readonly signal: AbortSignal;
}

/**
 * Works like a session: asks for the hook, makes a request, writes what came of it into its
 * session file, and the reading last. Requests end at a steady pace: what the hook takes is not added
 * to it, but a hold is.
 *
 * @returns `died` when a request was refused at the wall; `ended` when the signal has fired.
 */
export async function runAgent(options: AgentOptions): Promise<"died" | "ended"> {
  const { session, home, quota, cycleMs, hookAt, callHook, signal } = options;
  using file = PLAYER.begin(home, new Date());
  let endMs = performance.now() + options.firstEndMs;
  for (;;) {
    if (hookAt === "model") await callHook(file.hookInput("model"));
    if (signal.aborted) return "ended";
    const begun = quota.begin(session, new Date());
    if (!begun) {
      file.die(quota.limits(new Date()));
      return "died";
    }
    options.onBegin?.();
    endMs = keepPace(endMs, cycleMs);
    const halfMs = (endMs - performance.now()) / 2;
    await delay(halfMs, signal);
    file.work(5);
    await delay(endMs - performance.now(), signal);
    if (signal.aborted) return "ended";
    const limits = quota.end(begun, new Date());
    options.onEnd?.();
    if (hookAt === "tool") await callHook(file.hookInput("tool"));
    if (signal.aborted) return "ended";
    file.work(PLAYER.linesPerRequest - 1 - 5);
    await delay(BEFORE_READING_MS, signal);
    file.tell(limits);
    await delay(BEFORE_HOOK_MS, signal);
    endMs += cycleMs;
  }
}

/** When a request ends that is begun now and was to end at `endMs`. */
function keepPace(endMs: number, cycleMs: number): number {
  const nowMs = performance.now();
  // Who was held begins anew, and does not hurry.
  if (nowMs - endMs > cycleMs) return nowMs + cycleMs;
  return Math.max(endMs, nowMs + LEAST_SHARE * cycleMs);
}
