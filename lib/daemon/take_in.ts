import type { Settings } from "../config/settings.ts";
import { type Block, settle, type Settled } from "../quota/block.ts";
import { burnRate } from "../quota/burn.ts";
import { withCredits } from "../quota/credits.ts";
import { decide } from "../quota/decision.ts";
import { withFractions } from "../quota/fractions.ts";
import type { Reading } from "../quota/reading.ts";
import { isSameReset } from "../quota/same_window.ts";
import { isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import type { State } from "../state/state.ts";
import { standingBlock } from "./standing_block.ts";

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
  /** The settings are those that sessions are held by, and no other command's own. */
  readonly areRules: boolean;
}

/** What a reading comes to. */
export interface TakenIn {
  /** With what others have told and this one left out. */
  readonly reading: Reading;
  /** Its 5-hour window. */
  readonly five: QuotaWindow | undefined;
  /** Percent of that per second, where it was measured. */
  readonly burn: number | undefined;
  /** What was held until now; see {@linkcode standingBlock}. */
  readonly block: Block | undefined;
  readonly settled: Settled;
}

/** Settles a reading with what was believed. Pure. */
export function takeIn(told: Reading, circumstances: Circumstances): TakenIn {
  const { before, readAt, at, settings, nextReadingSeconds, areRules } = circumstances;
  const reading = told.kind === "windows"
    ? withFractions(withCredits(told, readAt, before?.known), before?.known, at)
    : told;
  const five = reading.kind === "windows" ? reading.windows.find(isFiveHourWindow) : undefined;
  const burn = five && burnOf(five, before, readAt);
  const pace = burn === undefined ? undefined : { percentPerSecond: burn, nextReadingSeconds };
  const decision = decide(reading, settings.policy, at, pace);
  // Where nothing was read, other rules of somebody else's are no reason to let anybody go.
  const block = told.kind === "failed" && !areRules
    ? before?.block
    : standingBlock(before, settings.policy, at);
  return { reading, five, burn, block, settled: settle(block, reading, decision, at) };
}

/** The burn since the last sample; the last one that was measured where that is too close. */
function burnOf(five: QuotaWindow, before: State | undefined, at: Date): number | undefined {
  return burnRate(before?.sample, five, at) ??
    (before?.sample && isSameReset(before.sample.resetsAt, five.resetsAt)
      ? before.burn
      : undefined);
}
