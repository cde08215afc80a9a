import type { Credits } from "../quota/account.ts";
import { join } from "@std/path";
import { replaceFileAtOnce } from "../files/replace_file.ts";
import type { Sample } from "../quota/burn.ts";
import { creditsText } from "../quota/credits.ts";
import type { Decision } from "../quota/decision.ts";
import type { Latch, Settled } from "../quota/latch.ts";
import type { Reading } from "../quota/reading.ts";
import { isNear } from "../quota/nearness.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { classOf, isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import { STATE_FILES } from "./files.ts";
import { closeGate, openGate } from "./gate.ts";
import type { Memory } from "./memory.ts";
import { type GuardRules, SCHEMA_VERSION } from "./state.ts";

/** All that a state file holds. */
export interface StateToWrite {
  readonly reading: Reading;
  readonly settled: Settled;
  /** When the reading began, or when its numbers were true if that is earlier. */
  readonly readAt: Date;
  /** The last reading that had windows: this one, or one before it. */
  readonly known: Memory["known"];
  readonly sample: Sample | undefined;
  /** Percent of the 5-hour window per second, where it was measured. */
  readonly burn: number | undefined;
  readonly holds: readonly Date[];
  readonly guard: GuardRules;
  /** How the daemon follows sessions: `events`, `looking` or `off`. */
  readonly following: string | undefined;
}

/**
 * Writes `state.json` and keeps the gate for the hooks: the only place that does. The caller holds the
 * lock for it, so there is one writer at a time; a reader sees the old or the new file, whole. Nothing
 * is waited for, since a session may be about to look: a block closes the gate first. Needs write
 * permission.
 *
 * @throws When the file cannot be written.
 */
export function writeState(directory: string, state: StateToWrite): void {
  const { status } = state.settled.decision;
  const passes = status === "open" ||
    (status === "unknown" && state.guard.unknownHoldSeconds === 0);
  if (!passes) closeGate(directory);
  const text = JSON.stringify(toFields(state), null, 2) + "\n";
  replaceFileAtOnce(join(directory, STATE_FILES.state), text, 0o600);
  if (!passes) return;
  const until = new Date(state.readAt.getTime() + state.guard.maxStateAgeSeconds * 1000);
  const windows = state.reading.kind === "windows" ? state.reading.windows : [];
  const word = status === "open" && isNear(windows, state.guard.holdAt) ? "near" : status;
  openGate(directory, word, until);
}

/** Each reading writes a state, but those that are held need to know only of another decision. */
export function isNews(before: Memory | undefined, now: Decision): boolean {
  const end = now.status === "blocked" ? timestamp(now.blockedUntil) : null;
  const last = before?.status === "blocked" ? timestamp(before.latch?.blockedUntil) : null;
  return before?.status !== now.status || last !== end;
}

function toFields(state: StateToWrite): Record<string, unknown> {
  const { reading, settled: { decision, latch }, readAt, known, sample, burn, holds } = state;
  const windows = reading.kind === "windows" ? reading.windows : [];
  const fiveHour = windows.find(isFiveHourWindow);
  const account = reading.kind === "windows" ? reading.account : undefined;
  const credits = reading.kind === "windows" ? reading.credits : undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    status: decision.status,
    reason: decision.reason,
    usedPercent: decision.window?.usedPercent ?? null,
    windowMinutes: decision.window?.windowMinutes ?? null,
    resetsAt: timestamp(decision.window?.resetsAt),
    blockedUntil: decision.status === "blocked" ? timestamp(decision.blockedUntil) : null,
    blockMinutes: decision.status === "blocked" ? decision.windowMinutes : null,
    failOpen: decision.status === "unknown",
    updatedAt: startOfSecond(readAt),
    readAtMs: readAt.getTime(),
    source: reading.source,
    advice: decision.advice,
    windows: windows.map(windowFields),
    account: account ?? null,
    plan: (reading.kind === "windows" ? reading.plan : undefined) ?? null,
    credits: credits ? creditsText(credits) ?? null : null,
    fiveHour: fiveHour
      ? { usedPercent: fiveHour.usedPercent, resetsAt: timestamp(fiveHour.resetsAt) }
      : null,
    burnPercentPerHour: burn === undefined ? null : Math.round(burn * 3600 * 10) / 10,
    hold: latch ? latchFields(latch) : null,
    holds: holds.map(startOfSecond),
    guard: { ...state.guard, notBeyond: timestamp(state.guard.notBeyond) },
    following: state.following ?? null,
    known: known
      ? {
        source: known.source,
        plan: known.plan,
        credits: known.credits && creditsFields(known.credits),
        windows: known.windows.map(windowFields),
        atMs: known.at.getTime(),
      }
      : null,
    sample: sample
      ? {
        usedPercent: sample.usedPercent,
        resetsAt: timestamp(sample.resetsAt),
        atMs: sample.at.getTime(),
      }
      : null,
  };
}

function windowFields(window: QuotaWindow): Record<string, unknown> {
  return { ...window, class: classOf(window), resetsAt: timestamp(window.resetsAt) };
}

function creditsFields({ toldAt, ...credits }: Credits): Record<string, unknown> {
  return { ...credits, toldAtMs: toldAt?.getTime() };
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
