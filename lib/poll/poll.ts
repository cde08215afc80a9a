import { join } from "@std/path";
import type { HoldBounds, Settings } from "../config/settings.ts";
import { waitForLock } from "../files/lock.ts";
import { delay } from "../process/delay.ts";
import { burnRate, type Sample } from "../quota/burn.ts";
import { decide, type Decision } from "../quota/decision.ts";
import { needsConfirmation, settle, type Settled } from "../quota/latch.ts";
import type { Reading } from "../quota/reading.ts";
import { classOf, isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import type { QuotaSource } from "../sources/source.ts";
import { STATE_FILES } from "../state/files.ts";
import { type Memory, readMemory } from "../state/memory.ts";
import { type GuardRules, isFresh, type QuotaState, readState } from "../state/state.ts";
import { writeState } from "../state/write_state.ts";
import { prepareQueue } from "./prepare_queue.ts";

/** Longer than any source takes: who waits this long waits for a process that is stopped. */
const LOCK_TIMEOUT_MS = 45_000;

/** A surprising value is read again after this long. */
const CONFIRM_AFTER_MS = 2_000;

const DAY_MS = 86_400_000;

/** How one poll is to be done. */
export interface PollOptions {
  /** The state directory; the process must be allowed to write there. */
  readonly directory: string;
  /** Gives the source, from the name of the one that answered last time. */
  readonly source: (last: string | undefined) => QuotaSource;
  readonly settings: Settings;
  /** Seconds until the next reading, for `pace`. */
  readonly nextReadingSeconds: number;
  /** Read nothing if, once it is our turn, the state is at most this old. */
  readonly unlessFresherThanSeconds?: number;
  /** Gives up; the state is then left as it is. */
  readonly signal?: AbortSignal;
  /** The wall clock. */
  readonly now: () => Date;
}

/** What came of a poll. */
export type PollOutcome =
  | {
    readonly kind: "decided";
    readonly decision: Decision;
    readonly reading: Reading;
    /** Percent of the 5-hour window per second, where it was measured. */
    readonly burn: number | undefined;
  }
  | { readonly kind: "fresh"; readonly state: QuotaState }
  | { readonly kind: "aborted" };

/** One look at the source, settled with what was known. */
interface Look {
  readonly reading: Reading;
  readonly settled: Settled;
  readonly readAt: Date;
  readonly burn: number | undefined;
}

/**
 * Reads the quota once, decides, settles that with the hold that is on, and writes the state. One poll
 * at a time in a state directory: who comes second waits, and with `unlessFresherThanSeconds` uses
 * what the first one read. A surprising value is read twice.
 *
 * @throws When the state cannot be written.
 */
export async function poll(options: PollOptions): Promise<PollOutcome> {
  const { directory, unlessFresherThanSeconds, signal, now, settings } = options;
  const path = join(directory, STATE_FILES.state);
  // Without the lock after the timeout: a stopped process must not keep everyone in the dark, and
  // the write itself is atomic.
  using _lock = await waitForLock(join(directory, STATE_FILES.pollLock), LOCK_TIMEOUT_MS);
  if (unlessFresherThanSeconds !== undefined) {
    const state = readState(path);
    if (state && isFresh(state, now(), unlessFresherThanSeconds)) return { kind: "fresh", state };
  }
  const memory = readMemory(path);
  let look = await lookOnce(options, memory);
  if (!signal?.aborted && needsConfirmation(memory, look.settled, now())) {
    await delay(CONFIRM_AFTER_MS, signal);
    look = await lookOnce(options, memory);
  }
  if (signal?.aborted) return { kind: "aborted" };

  const { reading, settled, readAt, burn } = look;
  const holds = holdsOfTheDay(memory, settled, now());
  if (settled.latch && settings.bounds.staggerSeconds > 0) await prepareQueue(directory);
  const guard = rulesFor(settings, reading, holds.length, now());
  await writeState(directory, { reading, settled, readAt, burn, holds, guard }, now());
  return { kind: "decided", decision: settled.decision, reading, burn };
}

async function lookOnce(options: PollOptions, memory: Memory | undefined): Promise<Look> {
  const { source, settings, nextReadingSeconds, signal, now } = options;
  const beganAt = now();
  const reading = await source(memory?.source).read(signal);
  const at = now();
  const five = reading.kind === "windows" ? reading.windows.find(isFiveHourWindow) : undefined;
  const burn = five && burnRate(sampleOf(memory), five, at);
  const pace = burn === undefined ? undefined : { percentPerSecond: burn, nextReadingSeconds };
  const decision = decide(reading, settings.policy, at, pace);
  const settled = settle(memory?.latch, reading, decision, at);
  const asOf = reading.kind === "windows" ? reading.asOf : undefined;
  return { reading, settled, readAt: asOf && asOf < beganAt ? asOf : beganAt, burn };
}

function sampleOf(memory: Memory | undefined): Sample | undefined {
  return memory?.usedPercent === null || memory === undefined
    ? undefined
    : { usedPercent: memory.usedPercent, resetsAt: memory.resetsAt, at: memory.updatedAt };
}

/** When the holds of the last 24 hours began, a new one included. */
function holdsOfTheDay(memory: Memory | undefined, { latch }: Settled, now: Date): Date[] {
  const earlier = (memory?.holds ?? []).filter((at) => now.getTime() - at.getTime() < DAY_MS);
  const isNew = latch !== undefined &&
    latch.since.getTime() !== memory?.latch?.since.getTime();
  return isNew ? [...earlier, latch.since] : earlier;
}

function rulesFor(settings: Settings, reading: Reading, holds: number, now: Date): GuardRules {
  const { bounds, maxStateAgeSeconds } = settings;
  return {
    maxStateAgeSeconds,
    maxHoldSeconds: bounds.maxHoldSeconds,
    then: bounds.then,
    notBeyond: bounds.notIntoNewWeek ? weeklyReset(reading, now) : null,
    noMoreHolds: isUsedUp(bounds, holds),
    staggerSeconds: bounds.staggerSeconds,
    unknownHoldSeconds: bounds.onUnknown === "hold" ? bounds.onUnknownMaxSeconds : 0,
  };
}

/** The hold that is on counts too: of two allowed, the second still holds. */
function isUsedUp({ maxHoldsPerDay }: HoldBounds, holds: number): boolean {
  return maxHoldsPerDay !== null && holds > maxHoldsPerDay;
}

function weeklyReset(reading: Reading, now: Date): Date | null {
  if (reading.kind === "failed") return null;
  const isAhead = (window: QuotaWindow) => window.resetsAt !== null && window.resetsAt > now;
  return reading.windows.find((each) => classOf(each) === "weekly" && isAhead(each))?.resetsAt ??
    null;
}
