import type { Settings } from "../config/settings.ts";
import { newState } from "../daemon/new_state.ts";
import { takeIn } from "../daemon/take_in.ts";
import { verdictOn } from "../guard/verdict.ts";
import { nextSample } from "../quota/burn.ts";
import { isSameReset, windowLike } from "../quota/same_window.ts";
import { type QuotaWindow } from "../quota/window.ts";
import { nameOf } from "../quota/window_name.ts";
import type { State } from "../state/state.ts";
import type { Recorded } from "./recording.ts";

/** A time in which agents would have been held. */
export interface ReplayedBlock {
  readonly from: Date;
  /** When they would have gone on. */
  readonly until: Date;
  /** The reading that it began with said so much; null for the account as a whole. */
  readonly usedPercent: number | null;
  /** The window's name; null for the account. */
  readonly window: string | null;
  readonly reason: string;
  /** The recording ends before: so far it is known. */
  readonly isOpenEnded: boolean;
}

/** A reset of a window, and what was left of it. */
export interface ReplayedReset {
  readonly at: Date;
  readonly window: string;
  /** What was used when it reset; where agents were held for it, what was used when that began. */
  readonly usedPercent: number;
  readonly leftPercent: number;
  readonly isHeld: boolean;
}

/** What settings would have done with a recording. */
export interface Replay {
  readonly blocks: readonly ReplayedBlock[];
  readonly heldSeconds: number;
  readonly resets: readonly ReplayedReset[];
}

/** A block that is on: its end may move. */
type Running = Omit<ReplayedBlock, "until" | "isOpenEnded"> & { until: Date };

/**
 * Runs readings of the past through settings, as the daemon would have taken them in and the guard
 * judged. Pure. What was recorded was believed, so nothing is doubted anew.
 *
 * @param recorded In the order of time.
 */
export function replay(recorded: readonly Recorded[], settings: Settings): Replay {
  const blocks: ReplayedBlock[] = [];
  const resets: ReplayedReset[] = [];
  let before: State | undefined;
  let running: Running | undefined;
  const end = (at: Date, isOpenEnded = false) => {
    if (!running) return;
    blocks.push({ ...running, until: at, isOpenEnded });
    running = undefined;
  };
  for (const { at, reading: told } of recorded) {
    if (running && running.until <= at) end(running.until);
    const known = before?.known;
    const taken = takeIn(told, {
      before,
      readAt: at,
      at,
      settings,
      nextReadingSeconds: settings.cadence.intervalSeconds,
      areRules: true,
    });
    for (const last of known?.windows ?? []) {
      const reset = resetOf(last, windowLike(told, last), at);
      if (reset) resets.push(resetWith(last, reset, [...blocks, ...(running ? [running] : [])]));
    }
    const { reading, settled, five, burn } = taken;
    const sample = five ? nextSample(before?.sample, five, at) : before?.sample;
    before = newState({
      before,
      reading,
      settled,
      readAt: at,
      burn,
      sample,
      following: undefined,
      settings,
      areRules: true,
      at,
    });
    const verdict = verdictOn({
      state: before,
      now: at,
      isDaemonAlive: true,
      maxStateAgeSeconds: settings.maxStateAgeSeconds,
    });
    if (verdict.kind !== "hold" || settled.decision.status !== "blocked") {
      end(at);
      continue;
    }
    const { window, reason } = settled.decision;
    running ??= {
      from: at,
      until: verdict.until,
      usedPercent: window?.usedPercent ?? null,
      window: window && nameOf(window),
      reason,
    };
    running.until = bounded(running.from, verdict.until, settings);
  }
  const last = recorded.at(-1);
  if (running && last) end(running.until, running.until > last.at);
  const heldMs = blocks.reduce((sum, { from, until }) => sum + until.getTime() - from.getTime(), 0);
  return { blocks, heldSeconds: Math.round(heldMs / 1000), resets };
}

/** Nobody waits longer than the user wants one hold to last. */
function bounded(from: Date, until: Date, { bounds }: Settings): Date {
  const { maxHoldSeconds } = bounds;
  if (maxHoldSeconds === null) return until;
  return new Date(Math.min(until.getTime(), from.getTime() + maxHoldSeconds * 1000));
}

/** When a window reset, if it did between the last reading and this one. */
function resetOf(last: QuotaWindow, now: QuotaWindow | undefined, at: Date): Date | undefined {
  if (!last.resetsAt || !now || isSameReset(last.resetsAt, now.resetsAt)) return undefined;
  // One that comes before its time is known by the reading that tells.
  if (last.resetsAt <= at) return last.resetsAt;
  return now.usedPercent < last.usedPercent ? at : undefined;
}

function resetWith(
  last: QuotaWindow,
  at: Date,
  holds: readonly Running[],
): ReplayedReset {
  const window = nameOf(last);
  const begun = last.resetsAt!.getTime() - (last.windowMinutes ?? Infinity) * 60_000;
  // Who is held spends nothing, whatever was spent in truth.
  const held = holds.find((hold) => hold.window === window && hold.from.getTime() >= begun);
  const usedPercent = held?.usedPercent ?? last.usedPercent;
  const leftPercent = Math.max(0, Math.round((100 - usedPercent) * 10) / 10);
  return { at, window, usedPercent, leftPercent, isHeld: held !== undefined };
}
