import { join } from "@std/path";
import { waitForLock } from "../files/lock.ts";
import { decide, type Decision } from "../quota/decision.ts";
import type { Policy } from "../quota/policy.ts";
import type { QuotaSource } from "../sources/source.ts";
import { STATE_FILES } from "../state/files.ts";
import { isFresh, type QuotaState, readState } from "../state/state.ts";
import { writeState } from "../state/write_state.ts";

/** Longer than any source takes: who waits this long waits for a process that is stopped. */
const LOCK_TIMEOUT_MS = 45_000;

/** How one poll is to be done. */
export interface PollOptions {
  /** The state directory; the process must be allowed to write there. */
  readonly directory: string;
  readonly source: QuotaSource;
  readonly policy: Policy;
  /** Read nothing if, once it is our turn, the state is at most this old. */
  readonly unlessFresherThanSeconds?: number;
  /** Gives up; the state is then left as it is. */
  readonly signal?: AbortSignal;
  /** The wall clock. */
  readonly now: () => Date;
}

/** What came of a poll. */
export type PollOutcome =
  | { readonly kind: "decided"; readonly decision: Decision }
  | { readonly kind: "fresh"; readonly state: QuotaState }
  | { readonly kind: "aborted" };

/**
 * Reads the quota once, decides, and writes the state. One poll at a time in a state directory: who
 * comes second waits, and with `unlessFresherThanSeconds` uses what the first one read.
 *
 * @throws When the state cannot be written.
 */
export async function poll(options: PollOptions): Promise<PollOutcome> {
  const { directory, source, policy, unlessFresherThanSeconds, signal, now } = options;
  // Without the lock after the timeout: a stopped process must not keep everyone in the dark, and
  // the write itself is atomic.
  using _lock = await waitForLock(join(directory, STATE_FILES.pollLock), LOCK_TIMEOUT_MS);
  if (unlessFresherThanSeconds !== undefined) {
    const state = readState(join(directory, STATE_FILES.state));
    if (state && isFresh(state, now(), unlessFresherThanSeconds)) return { kind: "fresh", state };
  }
  const readAt = now();
  const reading = await source.read(signal);
  if (signal?.aborted) return { kind: "aborted" };
  const decision = decide(reading, policy, now());
  await writeState(directory, reading, decision, readAt, now());
  return { kind: "decided", decision };
}
