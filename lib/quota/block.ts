import type { Decision } from "./decision.ts";
import { authorityOf, type Reading } from "./reading.ts";
import { classOf, type QuotaWindow, type WindowClass } from "./window.ts";

/** The state says: at the wall until then. It stays until there is evidence: what blocks, until when, and who said so. */
export interface Block {
  /** Class of the window, or `account`. */
  readonly what: WindowClass | "account";
  /** The window's id; an extra window is known by it. Null for the account. */
  readonly windowId: string | null;
  /** Length in minutes of the window whose reset ends it: it tells which end is credible. */
  readonly windowMinutes: number | null;
  readonly resetsAt: Date | null;
  readonly blockedUntil: Date;
  readonly source: string;
  readonly since: Date;
  readonly reason: string;
}

/** A decision after what is held already was taken into account. */
export interface Settled {
  readonly decision: Decision;
  readonly block: Block | undefined;
}

/**
 * Settles a new decision with the block that is on. Pure. A block ends when a later reading of the same
 * window is open, or at its own end. A reading that failed, or does not show the window, neither ends
 * it early nor makes it shorter.
 */
export function settle(
  held: Block | undefined,
  reading: Reading,
  decision: Decision,
  now: Date,
): Settled {
  const fresh = blockOf(reading, decision, now);
  if (!held || held.blockedUntil <= now) return { decision, block: fresh };
  const isShown = shows(reading, held);
  if (fresh && (isShown || fresh.blockedUntil > held.blockedUntil)) {
    return { decision, block: { ...fresh, since: held.since } };
  }
  if (decision.status === "open" && isShown) return { decision, block: undefined };
  const latest = decision.status === "blocked" ? "" : ` (the latest reading: ${decision.reason})`;
  return {
    decision: {
      status: "blocked",
      reason: `${held.reason}${latest}`,
      window: windowOf(reading, held) ?? null,
      blockedUntil: held.blockedUntil,
      windowMinutes: held.windowMinutes,
      advice: decision.advice,
    },
    block: held,
  };
}

function blockOf(reading: Reading, decision: Decision, now: Date): Block | undefined {
  if (decision.status !== "blocked") return undefined;
  const { window, blockedUntil, windowMinutes, reason } = decision;
  return {
    what: window ? classOf(window) : "account",
    windowId: window?.id ?? null,
    windowMinutes,
    resetsAt: window?.resetsAt ?? null,
    blockedUntil,
    source: reading.source,
    since: now,
    reason,
  };
}

/**
 * Whether a reading says anything of what is held. Of the account only a source that was asked does:
 * Codex writes nothing of it into its sessions even when it was told (seen with 0.169.0). An account that
 * has become unlimited has no window to show.
 */
function shows(reading: Reading, held: Block): boolean {
  if (reading.kind === "failed") return false;
  if (authorityOf(reading.source) === "live" && reading.credits?.left === "unlimited") return true;
  if (held.what !== "account") return windowOf(reading, held) !== undefined;
  return reading.account !== undefined && authorityOf(reading.source) === "live";
}

function windowOf(reading: Reading, held: Block): QuotaWindow | undefined {
  if (reading.kind === "failed") return undefined;
  return reading.windows.find((window) =>
    classOf(window) === held.what && (held.what !== "extra" || window.id === held.windowId)
  );
}
