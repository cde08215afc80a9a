import type { Policy } from "./policy.ts";
import type { Reading } from "./reading.ts";
import { formatTimestamp } from "./timestamp.ts";
import { isFiveHourWindow, type QuotaWindow, sameQuota } from "./window.ts";

/**
 * How much later than its own length a window may claim to reset, in minutes. A window that was just
 * opened resets one length ahead; clocks differ a little; anything beyond is a broken number.
 */
export const RESET_SLACK_MINUTES = 15;

/** What a reading means, and the sentence that a user reads about it. */
export type Decision =
  | { readonly status: "open"; readonly reason: string; readonly window: QuotaWindow }
  | {
    readonly status: "blocked";
    readonly reason: string;
    readonly window: QuotaWindow;
    readonly blockedUntil: Date;
  }
  | { readonly status: "unknown"; readonly reason: string; readonly window?: QuotaWindow };

/**
 * Decides on one reading. Pure: the same reading, policy and `now` give the same answer. Whatever is
 * missing, malformed or contradictory is `unknown`, and `unknown` never stops anyone.
 *
 * @example
 * ```ts
 * import { decide } from "./decision.ts";
 * import { DEFAULT_POLICY } from "./policy.ts";
 *
 * const now = new Date("2026-09-01T12:00:00Z");
 * const resetsAt = new Date("2026-09-01T12:42:00Z");
 * const window = { id: "primary", usedPercent: 97, windowMinutes: 300, resetsAt, extra: false };
 * const reading = { kind: "windows", source: "codexbar", windows: [window], problems: [] } as const;
 * const decision = decide(reading, DEFAULT_POLICY, now);
 * if (decision.status !== "blocked") throw new Error("97 % is past the wall");
 * ```
 */
export function decide(reading: Reading, policy: Policy, now: Date): Decision {
  if (reading.kind === "failed") return { status: "unknown", reason: reading.reason };

  const [window, ...others] = reading.windows.filter(isFiveHourWindow);
  if (window === undefined) return withoutFiveHourWindow(reading.windows, reading.problems);
  if (others.some((other) => !sameQuota(other, window))) {
    return {
      status: "unknown",
      reason: `${reading.source} reported different 5-hour windows at once`,
    };
  }
  return decideOnWindow(window, policy, now);
}

/** The latest instant at which a window of this length can credibly reset, seen from `now`. */
export function latestCredibleReset(windowMinutes: number, now: Date): Date {
  return new Date(now.getTime() + (windowMinutes + RESET_SLACK_MINUTES) * 60_000);
}

function withoutFiveHourWindow(
  windows: readonly QuotaWindow[],
  problems: readonly string[],
): Decision {
  const problem = problems[0];
  if (problem !== undefined) return { status: "unknown", reason: problem };
  const lengths = windows.filter((window) => !window.extra).map(({ windowMinutes }) =>
    windowMinutes === null ? "one of unknown length" : `${windowMinutes} minutes`
  );
  const instead = lengths.length > 0 ? ` (there is: ${lengths.join(", ")})` : "";
  return { status: "unknown", reason: `the account shows no 5-hour window now${instead}` };
}

function decideOnWindow(window: QuotaWindow, policy: Policy, now: Date): Decision {
  const used = `${window.usedPercent}% of the 5-hour window is used`;
  const { resetsAt } = window;
  if (resetsAt !== null && resetsAt > latestCredibleReset(window.windowMinutes ?? 0, now)) {
    const reason = `the 5-hour window claims to reset at ${formatTimestamp(resetsAt)}, ` +
      "further ahead than it is long";
    return { status: "unknown", reason, window };
  }
  if (window.usedPercent < policy.thresholdPercent) return { status: "open", reason: used, window };
  if (resetsAt === null) {
    return { status: "unknown", reason: `${used}, but not when it resets`, window };
  }
  const blockedUntil = new Date(resetsAt.getTime() + policy.resetBufferSeconds * 1000);
  if (now >= blockedUntil) {
    const reason = `${used}, but it has reset at ${formatTimestamp(resetsAt)}`;
    return { status: "open", reason, window };
  }
  const reason = `${used}; the threshold is ${policy.thresholdPercent}%`;
  return { status: "blocked", reason, window, blockedUntil };
}
