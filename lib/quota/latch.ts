import type { Decision } from "./decision.ts";
import type { Reading } from "./reading.ts";
import { classOf, type QuotaWindow, type WindowClass } from "./window.ts";

/** A hold that stays until there is evidence: what holds, until when, and who said so. */
export interface Latch {
  /** Class of the window, or `account`. */
  readonly what: WindowClass | "account";
  /** The window's id; an extra window is known by it. Null for the account. */
  readonly windowId: string | null;
  readonly resetsAt: Date | null;
  readonly blockedUntil: Date;
  readonly source: string;
  readonly since: Date;
  readonly reason: string;
}

/** A decision after what is held already was taken into account. */
export interface Settled {
  readonly decision: Decision;
  readonly latch: Latch | undefined;
}

/** Resets that differ by less than this are the same one, in milliseconds. */
const SAME_RESET_MS = 120_000;

/** A rise by this many points from one reading to the next is a jump. */
const JUMP_PERCENT = 20;

/**
 * How much a source's word counts: it takes at least as much to lift a hold as it took to set it.
 * What is read live counts more than what a session wrote down some time ago.
 */
export function authorityOf(source: string): number {
  return source === "sessions" ? 1 : 2;
}

/**
 * Settles a new decision with the hold that is on. Pure. A hold ends when a reading of the same
 * window, from a source that counts as much, is open, or at its own end. A reading that failed, is
 * older, or does not show the window neither ends it early nor makes it longer.
 */
export function settle(
  held: Latch | undefined,
  reading: Reading,
  decision: Decision,
  now: Date,
): Settled {
  const fresh = latchOf(reading, decision, now);
  if (!held || held.blockedUntil <= now) return { decision, latch: fresh };
  const counts = authorityOf(reading.source) >= authorityOf(held.source);
  if (fresh && (counts || fresh.blockedUntil > held.blockedUntil)) {
    return { decision, latch: { ...fresh, since: held.since } };
  }
  if (decision.status === "open" && counts && shows(reading, held)) {
    return { decision, latch: undefined };
  }
  const latest = decision.status === "blocked" ? "" : ` (the latest reading: ${decision.reason})`;
  return {
    decision: {
      status: "blocked",
      reason: `${held.reason}${latest}`,
      window: windowOf(reading, held) ?? null,
      blockedUntil: held.blockedUntil,
      advice: decision.advice,
    },
    latch: held,
  };
}

/** What was known before a reading. */
export interface Before {
  readonly status: "open" | "blocked" | "unknown";
  readonly usedPercent: number | null;
  readonly resetsAt: Date | null;
  readonly latch: Latch | undefined;
}

/**
 * True when one reading is not enough: a 5-hour value that jumps to the wall, or one that falls and
 * would release before the reset, is believed when a second reading says the same. Pure.
 */
export function needsConfirmation(
  before: Before | undefined,
  settled: Settled,
  now: Date,
): boolean {
  if (!before) return false;
  const { decision } = settled;
  const { latch } = before;
  if (latch && latch.blockedUntil > now && decision.status === "open") {
    return latch.resetsAt === null || now < latch.resetsAt;
  }
  if (before.status !== "open" || decision.status !== "blocked" || !decision.window) return false;
  return before.usedPercent !== null &&
    decision.window.usedPercent - before.usedPercent >= JUMP_PERCENT &&
    isSameReset(before.resetsAt, decision.window.resetsAt);
}

/** True for two resets of one and the same window. */
export function isSameReset(a: Date | null, b: Date | null): boolean {
  return a !== null && b !== null && Math.abs(a.getTime() - b.getTime()) < SAME_RESET_MS;
}

function latchOf(reading: Reading, decision: Decision, now: Date): Latch | undefined {
  if (decision.status !== "blocked") return undefined;
  const { window, blockedUntil, reason } = decision;
  return {
    what: window ? classOf(window) : "account",
    windowId: window?.id ?? null,
    resetsAt: window?.resetsAt ?? null,
    blockedUntil,
    source: reading.source,
    since: now,
    reason,
  };
}

function shows(reading: Reading, held: Latch): boolean {
  if (reading.kind === "failed") return false;
  return held.what === "account" ? reading.account !== undefined : !!windowOf(reading, held);
}

function windowOf(reading: Reading, held: Latch): QuotaWindow | undefined {
  if (reading.kind === "failed") return undefined;
  return reading.windows.find((window) =>
    classOf(window) === held.what && (held.what !== "extra" || window.id === held.windowId)
  );
}
