import { join } from "@std/path";
import type { HoldBounds, Settings } from "../config/settings.ts";
import { tryLock, waitForLock } from "../files/lock.ts";
import { burnRate, nextSample } from "../quota/burn.ts";
import { payerOf, withCredits } from "../quota/credits.ts";
import { decide, type Decision } from "../quota/decision.ts";
import { type Doubt, doubtOf, knownFrom } from "../quota/doubt.ts";
import { withFractions } from "../quota/fractions.ts";
import { isSameReset, settle, type Settled } from "../quota/latch.ts";
import { authorityOf, type Reading } from "../quota/reading.ts";
import { classOf, isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import type { FollowMode } from "../sources/follower.ts";
import { STATE_FILES } from "../state/files.ts";
import { type Memory, readMemory } from "../state/memory.ts";
import type { GuardRules } from "../state/state.ts";
import { wakeHeld } from "../state/wake.ts";
import { isNews, writeState } from "../state/write_state.ts";
import { prepareQueue } from "./prepare_queue.ts";

/** Writing takes milliseconds: who waits this long waits for a process that is stopped. */
const LOCK_TIMEOUT_MS = 5_000;

const DAY_MS = 86_400_000;

/** How a reading is to be recorded. */
export interface RecordOptions {
  /** The state directory; the process must be allowed to write there. */
  readonly directory: string;
  readonly settings: Settings;
  /** Seconds until the next reading, for `pace`. */
  readonly nextReadingSeconds: number;
  /** The wall clock. */
  readonly now: () => Date;
  /** Tells how the daemon follows sessions, where it is the daemon that records. */
  readonly following?: () => FollowMode;
  /** A second reading agrees: it is believed, however surprising it is. */
  readonly isConfirmed?: boolean;
  /** Not worth writing if nothing is decided anew and the state is at most this old. */
  readonly unlessFresherThanMs?: number;
}

/** What came of a reading. */
export type Recorded =
  | {
    readonly kind: "recorded" | "kept";
    readonly decision: Decision;
    readonly reading: Reading;
    /** Percent of the 5-hour window per second, where it was measured. */
    readonly burn: number | undefined;
  }
  /** It takes a second opinion to believe it; the state is as it was. */
  | { readonly kind: "doubted"; readonly doubt: Doubt; readonly settled: Settled }
  /** A later reading was there already. */
  | { readonly kind: "late" };

/**
 * Takes a reading in, whether it was asked for or told: settles it with what was believed, writes the
 * state, and tells those that are held. Everything up to the write is done at once where nobody else
 * is writing: between a session's line and its next request there are some 17 milliseconds.
 *
 * @param readAt When the numbers were true, or when asking for them began.
 * @throws When the state cannot be written.
 */
export async function record(
  told: Reading,
  readAt: Date,
  options: RecordOptions,
): Promise<Recorded> {
  const { directory, settings, now } = options;
  const path = join(directory, STATE_FILES.state);
  const lockPath = join(directory, STATE_FILES.recordLock);
  // Without the lock after the timeout: a stopped process must not keep everyone in the dark, and
  // the write itself is atomic.
  using _lock = tryLock(lockPath) ?? await waitForLock(lockPath, LOCK_TIMEOUT_MS);
  const at = now();
  const memory = readMemory(path);
  if (isLate(told, readAt, memory, settings, at)) return { kind: "late" };

  const reading = told.kind === "windows"
    ? withFractions(withCredits(told, readAt, memory?.known), memory?.known, at)
    : told;
  const five = reading.kind === "windows" ? reading.windows.find(isFiveHourWindow) : undefined;
  const burn = five && burnOf(five, memory, readAt);
  const pace = burn === undefined
    ? undefined
    : { percentPerSecond: burn, nextReadingSeconds: options.nextReadingSeconds };
  const decision = decide(reading, settings.policy, at, pace);
  const settled = settle(memory?.latch, reading, decision, at);
  if (!options.isConfirmed) {
    const before = { known: memory?.known, latch: memory?.latch };
    const doubt = doubtOf(before, reading, settled, at);
    if (doubt !== undefined) return { kind: "doubted", doubt, settled };
  }
  const outcome = { decision: settled.decision, reading, burn };
  const news = isNews(memory, settled.decision);
  const ageMs = memory ? Math.abs(at.getTime() - memory.readAt.getTime()) : Infinity;
  if (!news && ageMs <= (options.unlessFresherThanMs ?? -1)) return { kind: "kept", ...outcome };

  const holds = holdsOfTheDay(memory, settled, at);
  writeState(directory, {
    reading,
    settled,
    readAt,
    known: reading.kind === "windows" ? knownFrom(reading, readAt, memory?.known) : memory?.known,
    sample: five ? nextSample(memory?.sample, five, readAt) : memory?.sample,
    burn,
    holds,
    guard: rulesFor(settings, reading, holds.length, at),
    following: options.following?.() ?? memory?.following,
  });
  if (settled.latch && settings.bounds.staggerSeconds > 0) await prepareQueue(directory);
  if (news) await wakeHeld(directory, settled.decision.status === "open" ? "open" : "look");
  return { kind: "recorded", ...outcome };
}

/** Judges a reading without writing anything: another source's opinion. */
export function judge(told: Reading, options: RecordOptions): Settled {
  const { directory, settings, now } = options;
  const memory = readMemory(join(directory, STATE_FILES.state));
  const reading = told.kind === "windows" ? withCredits(told, now(), memory?.known) : told;
  const decision = decide(reading, settings.policy, now());
  return settle(memory?.latch, reading, decision, now());
}

/**
 * Newer beats older, whatever the source. A reading that failed says nothing of the quota, so it never
 * makes one late that has numbers; nor does it take away what a session has just written down. One
 * from the future was written before the clock was set back.
 */
function isLate(
  reading: Reading,
  readAt: Date,
  memory: Memory | undefined,
  { maxStateAgeSeconds }: Settings,
  now: Date,
): boolean {
  if (!memory) return false;
  const { known } = memory;
  if (reading.kind === "failed") {
    const isTold = known !== undefined && authorityOf(known.source) === "recorded" &&
      memory.source === known.source && now >= known.at &&
      now.getTime() - known.at.getTime() <= maxStateAgeSeconds * 1000;
    return isTold || (memory.readAt > readAt && memory.readAt <= now);
  }
  const last = memory.status === "unknown" && known === undefined
    ? undefined
    : known?.at ?? memory.readAt;
  return last !== undefined && last > readAt && last <= now;
}

/** The burn since the last sample; the last one that was measured where that is too close. */
function burnOf(five: QuotaWindow, memory: Memory | undefined, at: Date): number | undefined {
  return burnRate(memory?.sample, five, at) ??
    (memory?.sample && isSameReset(memory.sample.resetsAt, five.resetsAt)
      ? memory.burn
      : undefined);
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
  const isPaidFor = reading.kind === "windows" &&
    payerOf(reading, settings.policy) !== undefined;
  return {
    maxStateAgeSeconds,
    maxHoldSeconds: bounds.maxHoldSeconds,
    then: bounds.then,
    notBeyond: bounds.notIntoNewWeek ? weeklyReset(reading, now) : null,
    noMoreHolds: isUsedUp(bounds, holds),
    staggerSeconds: bounds.staggerSeconds,
    holdTools: bounds.holdTools,
    holdAt: isPaidFor ? {} : Object.fromEntries(
      Object.entries(settings.policy.windows).flatMap(([name, { mode, thresholdPercent }]) =>
        mode === "hold" ? [[name, thresholdPercent]] : []
      ),
    ),
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
