import * as z from "zod";
import type { WindowsReading } from "../../quota/reading.ts";
import { parseTimestamp } from "../../quota/timestamp.ts";
import type { QuotaWindow } from "../../quota/window.ts";
import { forUser } from "../for_user.ts";

/** A reading, with the time at which it was true. */
export type SessionReading = WindowsReading & { readonly asOf: Date };

/** The limit of the account as a whole; others are of models or features. */
const MAIN_LIMIT = "codex";

/** How far a line's stamp may be ahead of our clock, in milliseconds: clocks differ a little. */
const MAX_SKEW_MS = 2 * 60_000;

const Window = z.object({
  /** Percent, with fractions; a value beyond 100 is real (104.123 was seen). */
  used_percent: z.number().min(0).max(1000),
  window_minutes: z.number().int().positive().nullish(),
  /** Seconds since 1970; versions of 2025 wrote seconds from then on. */
  resets_at: z.number().int().positive().max(1e11).nullish(),
  resets_in_seconds: z.number().min(0).max(1e9).nullish(),
});

/** What stands where there is no such window: nothing used, of no length, reset in 1970. */
const Placeholder = z.object({
  used_percent: z.literal(0),
  window_minutes: z.literal(0).nullish(),
  resets_at: z.literal(0).nullish(),
  resets_in_seconds: z.literal(0).nullish(),
});

const Limits = z.looseObject({
  limit_id: z.string().nullish(),
  primary: z.unknown().optional(),
  secondary: z.unknown().optional(),
  credits: z.looseObject({ unlimited: z.boolean().nullish(), balance: z.string().nullish() })
    .nullish().catch(undefined),
  spend_control_reached: z.boolean().nullish().catch(undefined),
  plan_type: z.string().nullish().catch(undefined),
  rate_limit_reached_type: z.string().nullish().catch(undefined),
});

const Line = z.object({
  timestamp: z.string(),
  payload: z.object({ type: z.literal("token_count"), rate_limits: Limits }),
});

/**
 * The reading in one line of a rollout file, as Codex 0.129 to 0.169 write it. Pure. Windows that
 * have reset since are left out: of the new window nothing is known.
 *
 * @returns undefined for all other lines, for limits that are not the account's own, and for a line
 * that is stamped later than clocks differ.
 */
export function parseLine(line: string, now: Date): SessionReading | undefined {
  // Nearly all lines are others. In a text that quotes such a line these quotes are escaped.
  if (!line.includes('"token_count"') || !line.includes('"rate_limits"')) return undefined;
  const parsed = Line.safeParse(jsonOf(line));
  const stamp = parseTimestamp(parsed.data?.timestamp);
  if (!parsed.success || !stamp || stamp.getTime() > now.getTime() + MAX_SKEW_MS) return undefined;
  const limits = parsed.data.payload.rate_limits;
  // One line tells of one limit; versions of 2025 knew only one, and did not name it.
  if ((limits.limit_id ?? MAIN_LIMIT) !== MAIN_LIMIT) return undefined;
  const asOf = stamp > now ? now : stamp;
  const problems: string[] = [];
  const windows = (["primary", "secondary"] as const).flatMap((id) =>
    windowOf(limits[id], id, asOf, problems) ?? []
  ).filter(({ resetsAt }) => resetsAt === null || resetsAt > now);
  if (windows.length === 0) return undefined;
  const { rate_limit_reached_type, spend_control_reached, plan_type } = limits;
  return {
    kind: "windows",
    source: "sessions",
    windows,
    account: {
      reachedType: rate_limit_reached_type ? forUser(rate_limit_reached_type) : null,
      spendControlReached: spend_control_reached ?? false,
    },
    credits: creditsOf(limits),
    plan: plan_type ? forUser(plan_type) : undefined,
    problems,
    asOf,
  };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function windowOf(
  value: unknown,
  id: "primary" | "secondary",
  asOf: Date,
  problems: string[],
): QuotaWindow | undefined {
  if (value === null || value === undefined || Placeholder.safeParse(value).success) {
    return undefined;
  }
  const parsed = Window.safeParse(value);
  if (!parsed.success) {
    problems.push(`the ${id} window in Codex's session file is malformed`);
    return undefined;
  }
  const { used_percent, window_minutes, resets_at, resets_in_seconds } = parsed.data;
  const resetsAtMs = resets_at
    ? resets_at * 1000
    : typeof resets_in_seconds === "number"
    ? asOf.getTime() + resets_in_seconds * 1000
    : undefined;
  return {
    id,
    usedPercent: used_percent,
    windowMinutes: window_minutes ?? null,
    resetsAt: resetsAtMs === undefined ? null : new Date(resetsAtMs),
    extra: false,
  };
}

function creditsOf({ credits }: z.infer<typeof Limits>): string | undefined {
  if (credits?.unlimited) return "unlimited";
  return credits?.balance ? forUser(credits.balance) : undefined;
}
