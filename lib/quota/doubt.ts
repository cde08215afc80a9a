import { type Block, type Settled } from "./block.ts";
import { authorityOf, type Reading, type WindowsReading } from "./reading.ts";
import {
  haveSameReset,
  isAboutSameReset,
  isSameReset,
  shortestFirst,
  windowLike,
} from "./same_window.ts";
import { classOf, type QuotaWindow } from "./window.ts";

/** What was believed before a reading came. */
export interface Before {
  /** The last reading that had windows, whatever has failed since. */
  readonly known: Known | undefined;
  readonly block: Block | undefined;
}

/** What of a reading counts for the next one, and when it was true. */
export type Known = Pick<WindowsReading, "source" | "plan" | "credits" | "windows"> & {
  readonly at: Date;
};

/**
 * What is known from a reading on. Pure. Not every source tells the plan: one that shows a window with
 * the same reset is of the same account, and so of the plan that was known.
 *
 * @param at When the reading was true.
 */
export function knownFrom(reading: WindowsReading, at: Date, before: Known | undefined): Known {
  const plan = reading.plan ?? (haveSameReset(before, reading) ? before?.plan : undefined);
  const { source, credits, windows } = reading;
  return { source, credits, windows, at, ...(plan === undefined ? {} : { plan }) };
}

/** Why one reading is not enough. */
export interface Doubt {
  /** In words for the log. */
  readonly why: string;
  /** Whether the same source, asked again, is a second opinion. */
  readonly mayRepeat: boolean;
}

/** A rise by more points than this from one reading to the next is a jump. */
export const JUMP_PERCENT = 20;

/**
 * A session's line may come a little late and so be a little lower; one that is lower than that was
 * copied, or is of another account. In points.
 */
const LATE_PERCENT = 1;

/** A source that is asked may be so far behind what a session was told with its answer, in milliseconds. */
const LAG_MS = 10 * 60_000;

/** What was known longer ago does not make another account's line foreign, in milliseconds. */
const KNOWN_FOR_MS = 30 * 60_000;

/**
 * Why one reading is not enough; undefined when it is. Pure. Agents are held, and
 * let go before a reset, on a value that a second reading agrees with: one before it of the same
 * window, or another that is asked for now. What a session wrote down counts for its own account and
 * window alone, since several accounts may write side by side, and a fork copies old lines.
 */
export function doubtOf(
  before: Before,
  reading: Reading,
  settled: Settled,
  now: Date,
): Doubt | undefined {
  if (reading.kind === "failed") return undefined;
  const { known } = before;
  // What is written down stays so, however often it is read.
  const isLive = authorityOf(reading.source) === "live";
  if (!isLive) {
    const why = foreignness(known, reading, now);
    if (why !== undefined) return { why, mayRepeat: false };
  }
  const early = { why: "it would let agents go before the reset", mayRepeat: isLive };
  const { decision } = settled;
  const block = before.block && before.block.blockedUntil > now ? before.block : undefined;
  if (block && decision.status === "open") {
    if (isLive && !isPast(block.resetsAt, now) && lags(known, reading, block, now)) {
      return { why: "it is behind what a session was told", mayRepeat: false };
    }
    if (block.what === "account" && reading.account?.usageAllowed === true) return undefined;
    return isPast(block.resetsAt, now) ? undefined : early;
  }
  if (decision.status !== "blocked" || settled.block === block) return undefined;
  if (block && isSameReset(block.blockedUntil, decision.blockedUntil)) return undefined;
  if (block && decision.blockedUntil < block.blockedUntil && !isPast(block.resetsAt, now)) {
    return early;
  }
  if (decision.window === null) {
    return { why: "the account is said to be stopped", mayRepeat: true };
  }
  return isNeighbour(known, reading, decision.window)
    ? undefined
    : { why: "it meets the wall without a reading before it", mayRepeat: true };
}

/** True when a second reading says of the first what matters: that agents wait, and for which reset. */
export function agree(first: Settled, second: Settled): boolean {
  const [a, b] = [first.decision, second.decision];
  if (a.status !== "blocked" || b.status !== "blocked") return a.status === b.status;
  return isSameReset(a.blockedUntil, b.blockedUntil);
}

/**
 * Whether a source that was asked says a little less than a session was just told of the window that is
 * held on: of any, where it is the account.
 */
function lags(
  known: Known | undefined,
  reading: WindowsReading,
  { what }: Block,
  now: Date,
): boolean {
  if (!known || authorityOf(known.source) === "live") return false;
  if (now.getTime() - known.at.getTime() > LAG_MS) return false;
  return reading.windows.some((window) => {
    if (what !== "account" && classOf(window) !== what) return false;
    const last = windowLike(known, window);
    const fall = last ? last.usedPercent - window.usedPercent : 0;
    return isAboutSameReset(window, last?.resetsAt ?? null) &&
      fall > 0 && fall <= JUMP_PERCENT;
  });
}

/** Why a session's line may be of another account, or a copy of an older one. */
function foreignness(
  known: Known | undefined,
  reading: WindowsReading,
  now: Date,
): string | undefined {
  if (!known || now.getTime() - known.at.getTime() > KNOWN_FOR_MS) return undefined;
  if (isOtherPlan(known, reading)) return "it is of another plan";
  // The shortest: a week's reset says less, and not every source tells it to the minute.
  const [window] = shortestFirst(reading);
  const last = window && windowLike(known, window);
  if (!last?.resetsAt || last.resetsAt <= now) return undefined;
  if (!isSameReset(last.resetsAt, window!.resetsAt)) return "it resets at another time";
  return window!.usedPercent < last.usedPercent - LATE_PERCENT
    ? "it has fallen before the reset"
    : undefined;
}

/** Whether the reading before leads up to this one: the same window of the same account, no jump. Pure. */
export function isNeighbour(
  known: Pick<Known, "plan" | "windows"> | undefined,
  reading: WindowsReading,
  window: QuotaWindow,
): boolean {
  const last = windowLike(known, window);
  return known !== undefined && last !== undefined && !isOtherPlan(known, reading) &&
    isSameReset(last.resetsAt, window.resetsAt) &&
    window.usedPercent - last.usedPercent <= JUMP_PERCENT;
}

function isPast(date: Date | null, now: Date): boolean {
  return date !== null && now >= date;
}

function isOtherPlan(known: Pick<Known, "plan">, reading: WindowsReading): boolean {
  return known.plan !== undefined && reading.plan !== undefined && known.plan !== reading.plan;
}
