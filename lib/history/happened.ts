import { policyFor } from "../quota/decision.ts";
import type { Policy } from "../quota/policy.ts";
import { isSameReset, windowLike } from "../quota/same_window.ts";
import { classOf, type QuotaWindow } from "../quota/window.ts";
import { formatTimestamp, parseTimestamp } from "../text/timestamp.ts";
import { hasReset } from "./change.ts";
import type { EventKind, Numbered, PastEvent, PastReading } from "./past.ts";

/** How long a block and its end are not told anew, in milliseconds, while nothing but the percentage changes. */
const FLICKER_MS = 600_000;

/** A window without an end is the same one for so long where its length is not known either. */
const UNKNOWN_LENGTH_MINUTES = 1440;

/** What is so now. */
export interface Present {
  readonly now: Date;
  /** When the last reading was true; now where it failed. */
  readonly at: Date;
  readonly status: PastReading["status"];
  readonly reason: string;
  readonly source: string;
  /** Empty where the last reading failed. */
  readonly windows: readonly QuotaWindow[];
  readonly blockedUntil: Date | null;
  /** The window that blocks, or `account`. */
  readonly blockedBy: string | undefined;
  /** When there was last a reading with windows, or since when none is there. */
  readonly knownAt: Date;
  readonly maxStateAgeSeconds: number;
  readonly pausedUntil: Date | undefined;
  readonly policy: Policy;
}

/** What was told already, also by daemons before this one. */
export interface Told {
  lastEvent(kind: EventKind, about?: string): Numbered<PastEvent> | undefined;
}

/**
 * What has happened since the last reading that had windows: each thing once, whatever flickers, and
 * whatever daemon it is that looks. Pure.
 */
export function happened(
  before: PastReading | undefined,
  now: Present,
  told: Told,
): PastEvent[] {
  return [
    ...sourceEvents(now, told),
    ...(before ? resets(before, now, told) : []),
    ...crossings(now, told),
    ...blockEvents(now, told),
    ...pauseEvents(now, told),
  ];
}

/** The window by which events name it: its class, or an extra window's own id. */
export function windowName(window: QuotaWindow): string {
  return window.extra ? window.id : classOf(window);
}

/** Each window is told once to have crossed its threshold, until it has reset. */
function crossings({ at, windows, policy }: Present, told: Told): PastEvent[] {
  return windows.flatMap((window) => {
    const { mode, thresholdPercent } = policyFor(window, policy);
    if (mode === "off" || window.usedPercent < thresholdPercent) return [];
    const name = windowName(window);
    const last = told.lastEvent("threshold", name);
    if (last && isSameWindow(last, window, at)) return [];
    const { usedPercent } = window;
    const resetsAt = timeOf(window.resetsAt);
    const fields = { window: name, usedPercent, thresholdPercent, mode, resetsAt };
    return [{ at, kind: "threshold", about: name, fields }];
  });
}

function isSameWindow(last: PastEvent, { resetsAt, windowMinutes }: QuotaWindow, at: Date) {
  const lastReset = instantIn(last, "resetsAt");
  if (lastReset && resetsAt) return isSameReset(lastReset, resetsAt);
  // A source that does not say when it resets may have said so before.
  const end = lastReset ??
    new Date(last.at.getTime() + (windowMinutes ?? UNKNOWN_LENGTH_MINUTES) * 60_000);
  return at < end;
}

function resets(before: PastReading, { at, windows }: Present, told: Told): PastEvent[] {
  return windows.flatMap((window) => {
    const last = windowLike(before, window);
    if (!last || !hasReset(last, window, at)) return [];
    const name = windowName(window);
    const earlier = told.lastEvent("reset", name);
    // Two accounts in turn, or an old line: that one has reset already.
    if (earlier && isSameReset(instantIn(earlier, "wasToResetAt") ?? null, last.resetsAt)) {
      return [];
    }
    const fields = {
      window: name,
      usedPercent: last.usedPercent,
      unusedPercent: Math.max(0, Math.round((100 - last.usedPercent) * 100) / 100),
      wasToResetAt: timeOf(last.resetsAt),
      resetsAt: timeOf(window.resetsAt),
    };
    return [{ at, kind: "reset", about: name, fields }];
  });
}

/** A block, and its end. Where the percentage goes to and fro, what was told stands for some minutes. */
function blockEvents(now: Present, told: Told): PastEvent[] {
  const { at, status, reason, blockedUntil, blockedBy, windows } = now;
  const last = later(told.lastEvent("block"), told.lastEvent("open"));
  const lastUntil = last && instantIn(last, "until");
  const isSettled = !last || at.getTime() - last.at.getTime() >= FLICKER_MS ||
    (lastUntil !== undefined && at >= lastUntil);
  const window = windows.find((each) => windowName(each) === blockedBy);
  if (status === "blocked" && blockedUntil !== null) {
    const isTold = last !== undefined && isNear(lastUntil, blockedUntil);
    if (isTold && (last.kind === "block" || !isSettled)) return [];
    if (last?.kind === "block" && !isSettled) return [];
    const fields = {
      window: blockedBy ?? null,
      usedPercent: window?.usedPercent ?? null,
      until: formatTimestamp(blockedUntil),
      resetsAt: timeOf(window?.resetsAt ?? null),
      reason,
    };
    return [{ at, kind: "block", about: "", fields }];
  }
  if (status !== "open" || last?.kind !== "block") return [];
  const blocking = windows.find((each) => windowName(each) === last.fields.window);
  const lastReset = instantIn(last, "resetsAt");
  const isReset = blocking !== undefined && lastReset !== undefined &&
    !isSameReset(lastReset, blocking.resetsAt);
  if (!isSettled && !isReset) return [];
  const fields = {
    window: last.fields.window ?? null,
    until: last.fields.until ?? null,
    blockedSeconds: Math.round((at.getTime() - last.at.getTime()) / 1000),
    reason,
  };
  return [{ at, kind: "open", about: "", fields }];
}

/** A source is lost when hooks do not believe any more what it last said. */
function sourceEvents(present: Present, told: Told): PastEvent[] {
  const { now: at, source, windows, reason, knownAt, maxStateAgeSeconds } = present;
  const last = later(told.lastEvent("source-lost"), told.lastEvent("source-back"));
  const isLost = last?.kind === "source-lost";
  if (windows.length > 0) {
    if (!isLost) return [];
    const lostSeconds = Math.round((at.getTime() - last.at.getTime()) / 1000);
    return [{ at, kind: "source-back", about: "", fields: { source, lostSeconds } }];
  }
  const isOld = at.getTime() - knownAt.getTime() > maxStateAgeSeconds * 1000;
  if (isLost || !isOld) return [];
  const fields = { source, reason, knownAt: formatTimestamp(knownAt) };
  return [{ at, kind: "source-lost", about: "", fields }];
}

function pauseEvents({ now: at, pausedUntil }: Present, told: Told): PastEvent[] {
  const last = later(told.lastEvent("pause"), told.lastEvent("resume"));
  const isPaused = last?.kind === "pause";
  const until = isPaused ? instantIn(last, "until") : undefined;
  if (pausedUntil) {
    if (isPaused && until?.getTime() === pausedUntil.getTime()) return [];
    return [{ at, kind: "pause", about: "", fields: { until: formatTimestamp(pausedUntil) } }];
  }
  if (!isPaused) return [];
  const endedAt = until && until < at ? until : at;
  return [{ at: endedAt, kind: "resume", about: "", fields: {} }];
}

function later(
  a: Numbered<PastEvent> | undefined,
  b: Numbered<PastEvent> | undefined,
): Numbered<PastEvent> | undefined {
  if (!a || !b) return a ?? b;
  return a.id > b.id ? a : b;
}

/** Ends of one block; a source's times are off by a few seconds. */
function isNear(a: Date | undefined, b: Date): boolean {
  return a !== undefined && isSameReset(a, b);
}

function instantIn(event: PastEvent, field: string): Date | undefined {
  return parseTimestamp(event.fields[field]);
}

function timeOf(date: Date | null): string | null {
  return date && formatTimestamp(date);
}
