import { join } from "@std/path";
import { replaceFile } from "../files/replace_file.ts";
import type { Decision } from "../quota/decision.ts";
import type { Latch, Settled } from "../quota/latch.ts";
import type { Reading } from "../quota/reading.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import { classOf, isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import { STATE_FILES } from "./files.ts";
import { closeGate, openGate } from "./gate.ts";
import { type GuardRules, type QuotaState, readState, SCHEMA_VERSION } from "./state.ts";
import { wakeHeld } from "./wake.ts";

/** All that a state file holds. */
export interface StateToWrite {
  readonly reading: Reading;
  readonly settled: Settled;
  /** When the reading began, or when its numbers were true if that is earlier. */
  readonly readAt: Date;
  /** Percent of the 5-hour window per second, where it was measured. */
  readonly burn: number | undefined;
  readonly holds: readonly Date[];
  readonly guard: GuardRules;
}

/**
 * Writes `state.json`, keeps the gate for the hooks and tells those that are held: the only place that
 * does. The caller holds the poll lock, so there is one writer at a time; a reader sees the old or the
 * new file, whole. Needs write permission.
 *
 * A state with a later reading is left as it is, unless that one is in the future of `now`: then the
 * clock was set back.
 *
 * @returns false when a later reading was there already.
 * @throws When the file cannot be written.
 */
export async function writeState(
  directory: string,
  state: StateToWrite,
  now: Date,
): Promise<boolean> {
  const path = join(directory, STATE_FILES.state);
  const existing = readState(path);
  if (existing && existing.updatedAt > state.readAt && existing.updatedAt <= now) return false;
  const { decision } = state.settled;
  const { status } = decision;
  const passes = status === "open" ||
    (status === "unknown" && state.guard.unknownHoldSeconds === 0);
  if (!passes) await closeGate(directory);
  await replaceFile(path, JSON.stringify(toFields(state), null, 2) + "\n", 0o600);
  if (passes) await openGate(directory, status);
  if (isNews(existing, decision)) await wakeHeld(directory, status === "open" ? "open" : "look");
  return true;
}

/** Each reading writes a state, but those that are held need to know only of another decision. */
function isNews(before: QuotaState | undefined, now: Decision): boolean {
  const end = now.status === "blocked" ? timestamp(now.blockedUntil) : null;
  return before?.status !== now.status || timestamp(before.blockedUntil) !== end;
}

function toFields(state: StateToWrite): Record<string, unknown> {
  const { reading, settled: { decision, latch }, readAt, burn, holds, guard } = state;
  const windows = reading.kind === "windows" ? reading.windows : [];
  const fiveHour = windows.find(isFiveHourWindow);
  const account = reading.kind === "windows" ? reading.account : undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    status: decision.status,
    reason: decision.reason,
    usedPercent: decision.window?.usedPercent ?? null,
    windowMinutes: decision.window?.windowMinutes ?? null,
    resetsAt: timestamp(decision.window?.resetsAt),
    blockedUntil: decision.status === "blocked" ? timestamp(decision.blockedUntil) : null,
    failOpen: decision.status === "unknown",
    updatedAt: startOfSecond(readAt),
    source: reading.source,
    advice: decision.advice,
    windows: windows.map(windowFields),
    account: account ?? null,
    credits: (reading.kind === "windows" ? reading.credits : undefined) ?? null,
    fiveHour: fiveHour
      ? { usedPercent: fiveHour.usedPercent, resetsAt: timestamp(fiveHour.resetsAt) }
      : null,
    burnPercentPerHour: burn === undefined ? null : Math.round(burn * 3600 * 10) / 10,
    hold: latch ? latchFields(latch) : null,
    holds: holds.map(startOfSecond),
    guard: { ...guard, notBeyond: timestamp(guard.notBeyond) },
  };
}

function windowFields(window: QuotaWindow): Record<string, unknown> {
  return { ...window, class: classOf(window), resetsAt: timestamp(window.resetsAt) };
}

function latchFields(latch: Latch): Record<string, unknown> {
  return {
    ...latch,
    resetsAt: timestamp(latch.resetsAt),
    blockedUntil: timestamp(latch.blockedUntil),
    since: startOfSecond(latch.since),
  };
}

function timestamp(date: Date | null | undefined): string | null {
  return date ? formatTimestamp(date) : null;
}

/** A reading is never said to be newer than it is, so its time is rounded down. */
function startOfSecond(date: Date): string {
  return formatTimestamp(new Date(Math.floor(date.getTime() / 1000) * 1000));
}
