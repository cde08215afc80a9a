import type { Credits } from "../../../quota/account.ts";
import { creditsFrom } from "../../../quota/credits.ts";
import type { DatedReading } from "../../../quota/reading.ts";
import type { QuotaWindow } from "../../../quota/window.ts";
import { forUser } from "../../../text/for_user.ts";
import { parseTimestamp } from "../../../text/timestamp.ts";

/** The limit of the account as a whole; others are of models or features. */
const MAIN_LIMIT = "codex";

/** How far a line's stamp may be ahead of our clock, in milliseconds: clocks differ a little. */
const MAX_SKEW_MS = 2 * 60_000;

/** A value beyond 100 is real (104.123 was seen); beyond this it is a broken number. */
const MAX_PERCENT = 1000;

/** An object of JSON, of whose fields nothing is known. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * The reading in one line of a rollout file, as Codex 0.129 to 0.169 write it. Pure. Windows that
 * have reset since are left out: of the new window nothing is known. A line that was written after one
 * of its windows has reset is not taken at all: Codex writes it when its tools have ended.
 *
 * Checked by hand: a library takes a millisecond here when it runs every few seconds only, which is
 * as much as all else between the line on the disk and the closed gate.
 *
 * @returns undefined for all other lines, for limits that are not the account's own, and for a line
 * that is stamped later than clocks differ.
 */
export function parseLine(line: string, now: Date): DatedReading | undefined {
  // Nearly all lines are others. In a text that quotes such a line these quotes are escaped.
  if (!line.includes('"token_count"') || !line.includes('"rate_limits"')) return undefined;
  const { timestamp, payload } = fieldsOf(jsonOf(line));
  const { type, rate_limits } = fieldsOf(payload);
  const limits = fieldsOf(rate_limits);
  // One line tells of one limit; versions of 2025 knew only one, and did not name it.
  if (type !== "token_count" || (limits.limit_id ?? MAIN_LIMIT) !== MAIN_LIMIT) return undefined;
  const stamp = parseTimestamp(timestamp);
  if (!stamp || stamp.getTime() > now.getTime() + MAX_SKEW_MS) return undefined;
  const asOf = stamp > now ? now : stamp;
  const problems: string[] = [];
  const written = (["primary", "secondary"] as const).flatMap((id) =>
    windowOf(limits[id], id, asOf, problems) ?? []
  );
  // It was told before a tool that ran across the reset, and written after it: it is not of now.
  if (written.some(({ resetsAt }) => resetsAt !== null && resetsAt < asOf)) return undefined;
  const windows = written.filter(({ resetsAt }) => resetsAt === null || resetsAt > now);
  if (windows.length === 0) return undefined;
  return {
    kind: "windows",
    source: "sessions",
    windows,
    account: {
      reachedType: textOf(limits.rate_limit_reached_type) ?? null,
      spendControlReached: limits.spend_control_reached === true,
    },
    credits: creditsOf(limits.credits),
    plan: textOf(limits.plan_type),
    problems,
    asOf,
  };
}

/** A line, read; undefined for one that is no JSON. */
export function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The fields of an object; none of anything else. */
function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function windowOf(
  value: unknown,
  id: "primary" | "secondary",
  asOf: Date,
  problems: string[],
): QuotaWindow | undefined {
  if (value === null || value === undefined) return undefined;
  const fields = fieldsOf(value);
  if (isPlaceholder(fields)) return undefined;
  const usedPercent = numberOf(fields.used_percent, 0, MAX_PERCENT);
  const windowMinutes = numberOf(fields.window_minutes ?? null, 1, Infinity);
  /** Seconds since 1970; versions of 2025 wrote seconds from then on. */
  const resetsAt = numberOf(fields.resets_at ?? null, 1, 1e11);
  const resetsIn = numberOf(fields.resets_in_seconds ?? null, 0, 1e9);
  if (
    typeof usedPercent !== "number" || windowMinutes === undefined || resetsAt === undefined ||
    resetsIn === undefined || !isWhole(windowMinutes) || !isWhole(resetsAt)
  ) {
    problems.push(`the ${id} window in Codex's session file is malformed`);
    return undefined;
  }
  const resetsAtMs = resetsAt !== null
    ? resetsAt * 1000
    : resetsIn !== null
    ? asOf.getTime() + resetsIn * 1000
    : undefined;
  return {
    id,
    usedPercent,
    windowMinutes,
    resetsAt: resetsAtMs === undefined ? null : new Date(resetsAtMs),
    extra: false,
  };
}

/** What stands where there is no such window: nothing used, of no length, reset in 1970 or never. */
function isPlaceholder(window: Fields): boolean {
  const { used_percent, window_minutes, resets_at, resets_in_seconds } = window;
  return used_percent === 0 && !window_minutes && !resets_at && !resets_in_seconds;
}

/** A number within bounds, or null; undefined for anything else. */
function numberOf(value: unknown, min: number, max: number): number | null | undefined {
  if (value === null) return null;
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

function isWhole(value: number | null): boolean {
  return value === null || Number.isSafeInteger(value);
}

/** A text, fit for a terminal; undefined for none. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? forUser(value) : undefined;
}

function creditsOf(value: unknown): Credits | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { unlimited, has_credits, balance } = fieldsOf(value);
  return creditsFrom(unlimited === true, has_credits === true, textOf(balance));
}
