import type { HoldBounds, Settings } from "../config/settings.ts";
import type { Settled } from "../quota/block.ts";
import type { Sample } from "../quota/burn.ts";
import { creditsText, payerOf } from "../quota/credits.ts";
import type { Decision } from "../quota/decision.ts";
import { knownFrom } from "../quota/doubt.ts";
import type { FollowMode } from "../quota/follower.ts";
import type { Reading } from "../quota/reading.ts";
import { classOf, type QuotaWindow } from "../quota/window.ts";
import type { GuardRules, State } from "../state/state.ts";
import { formatTimestamp } from "../text/timestamp.ts";

const DAY_MS = 86_400_000;

/** What a state is made of. */
export interface Ingredients {
  /** The state that it takes the place of. */
  readonly before: State | undefined;
  readonly reading: Reading;
  readonly settled: Settled;
  /** When the reading began, or when its numbers were true if that is earlier. */
  readonly readAt: Date;
  /** Percent of the 5-hour window per second, where it was measured. */
  readonly burn: number | undefined;
  readonly sample: Sample | undefined;
  readonly following: FollowMode | undefined;
  readonly settings: Settings;
  /** The settings are those that sessions are held by, and no other command's own. */
  readonly areRules: boolean;
  /** Now. */
  readonly at: Date;
  /** What was held on is dropped with no reading that says so, since these are others. */
  readonly dropped?: "rules" | "account";
}

/** Makes the state that a reading leads to. Pure. */
export function newState(ingredients: Ingredients): State {
  const { before, reading, settled, readAt, burn, sample, following, at, dropped } = ingredients;
  const { decision, block } = settled;
  const answer = reading.kind === "windows" ? reading : undefined;
  const isBlocked = decision.status === "blocked";
  const holds = holdsOfTheDay(before, settled, at);
  return {
    status: decision.status,
    reason: decision.reason,
    usedPercent: decision.window?.usedPercent ?? null,
    windowMinutes: decision.window?.windowMinutes ?? null,
    resetsAt: decision.window?.resetsAt ?? null,
    blockedUntil: isBlocked ? decision.blockedUntil : null,
    blockMinutes: isBlocked ? decision.windowMinutes : null,
    updatedAt: readAt,
    readAt,
    guard: rulesFor(ingredients, holds.length),
    source: reading.source,
    advice: decision.advice,
    windows: answer?.windows ?? [],
    account: answer?.account ?? null,
    plan: answer?.plan ?? null,
    credits: (answer?.credits && creditsText(answer.credits)) ?? null,
    burn,
    sample,
    block,
    holds,
    following,
    droppedAt: dropped ? at : before?.droppedAt,
    forgottenAt: dropped === "account" ? at : before?.forgottenAt,
    known: answer ? knownFrom(answer, readAt, before?.known) : before?.known,
  };
}

/** Each reading writes a state, but those that are held need to know only of another decision. Pure. */
export function isNews(before: State | undefined, now: Decision): boolean {
  const end = now.status === "blocked" ? formatTimestamp(now.blockedUntil) : null;
  const last = before?.status === "blocked" && before.block
    ? formatTimestamp(before.block.blockedUntil)
    : null;
  return before?.status !== now.status || last !== end;
}

/** When the holds of the last 24 hours began, a new one included. */
function holdsOfTheDay(before: State | undefined, { block }: Settled, now: Date): Date[] {
  const earlier = (before?.holds ?? []).filter((at) => now.getTime() - at.getTime() < DAY_MS);
  const isNew = block !== undefined &&
    block.since.getTime() !== before?.block?.since.getTime();
  return isNew ? [...earlier, block.since] : earlier;
}

/** @param holds How many began in the last 24 hours. */
function rulesFor(
  { before: earlier, reading, settings, areRules, at }: Ingredients,
  holds: number,
): GuardRules {
  const { bounds, maxStateAgeSeconds } = settings;
  const before = earlier?.guard;
  // What is held was held by these; that others count now is for the daemon to see.
  const kept = reading.kind === "failed" && !areRules ? before?.holdAt : undefined;
  const isPaidFor = reading.kind === "windows" &&
    payerOf(reading, settings.policy) !== undefined;
  return {
    maxStateAgeSeconds,
    maxHoldSeconds: bounds.maxHoldSeconds,
    then: bounds.then,
    notBeyond: bounds.notIntoNewWeek
      ? weeklyReset(reading, at) ?? stillAhead(before?.notBeyond, at)
      : null,
    noMoreHolds: isUsedUp(bounds, holds),
    staggerSeconds: bounds.staggerSeconds,
    holdTools: bounds.holdTools,
    holdAt: kept ?? (isPaidFor ? {} : Object.fromEntries(
      Object.entries(settings.policy.windows).flatMap(([name, { mode, thresholdPercent }]) =>
        mode === "hold" ? [[name, thresholdPercent]] : []
      ),
    )),
    unknownHoldSeconds: bounds.onUnknown === "hold" ? bounds.onUnknownMaxSeconds : 0,
  };
}

/** The hold that is on counts too: of two allowed, the second still holds. */
function isUsedUp({ maxHoldsPerDay }: HoldBounds, holds: number): boolean {
  return maxHoldsPerDay !== null && holds > maxHoldsPerDay;
}

/** What an earlier reading has told of, where this one does not. */
function stillAhead(date: Date | null | undefined, now: Date): Date | null {
  return date && date > now ? date : null;
}

function weeklyReset(reading: Reading, now: Date): Date | null {
  if (reading.kind === "failed") return null;
  const isAhead = (window: QuotaWindow) => window.resetsAt !== null && window.resetsAt > now;
  return reading.windows.find((each) => classOf(each) === "weekly" && isAhead(each))?.resetsAt ??
    null;
}
