import type { Settings } from "../config/settings.ts";
import { isSameReset, settle, type Settled } from "../quota/block.ts";
import { burnRate } from "../quota/burn.ts";
import { withCredits } from "../quota/credits.ts";
import { decide } from "../quota/decision.ts";
import { withFractions } from "../quota/fractions.ts";
import type { Reading } from "../quota/reading.ts";
import { isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import type { State } from "../state/state.ts";

/** What a reading is taken in with. */
export interface Circumstances {
  /** What was believed. */
  readonly before: State | undefined;
  /** When the numbers were true. */
  readonly readAt: Date;
  /** Now. */
  readonly at: Date;
  readonly settings: Settings;
  /** Seconds until the next reading, for `pace`. */
  readonly nextReadingSeconds: number;
}

/** What a reading comes to. */
export interface TakenIn {
  /** With what others have told and this one left out. */
  readonly reading: Reading;
  /** Its 5-hour window. */
  readonly five: QuotaWindow | undefined;
  /** Percent of that per second, where it was measured. */
  readonly burn: number | undefined;
  readonly settled: Settled;
}

/** Settles a reading with what was believed. Pure. */
export function takeIn(told: Reading, circumstances: Circumstances): TakenIn {
  const { before, readAt, at, settings, nextReadingSeconds } = circumstances;
  const reading = told.kind === "windows"
    ? withFractions(withCredits(told, readAt, before?.known), before?.known, at)
    : told;
  const five = reading.kind === "windows" ? reading.windows.find(isFiveHourWindow) : undefined;
  const burn = five && burnOf(five, before, readAt);
  const pace = burn === undefined ? undefined : { percentPerSecond: burn, nextReadingSeconds };
  const decision = decide(reading, settings.policy, at, pace);
  return { reading, five, burn, settled: settle(before?.block, reading, decision, at) };
}

/** The burn since the last sample; the last one that was measured where that is too close. */
function burnOf(five: QuotaWindow, before: State | undefined, at: Date): number | undefined {
  return burnRate(before?.sample, five, at) ??
    (before?.sample && isSameReset(before.sample.resetsAt, five.resetsAt)
      ? before.burn
      : undefined);
}
