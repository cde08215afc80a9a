import * as z from "zod";
import type { WindowsReading } from "../../quota/reading.ts";
import { parseTimestamp } from "../../quota/timestamp.ts";
import type { QuotaWindow } from "../../quota/window.ts";
import { forUser } from "../for_user.ts";

/** A reading, with the time at which it was true. */
export type SessionReading = WindowsReading & { readonly asOf: Date };

const Window = z.object({
  used_percent: z.number().min(0).max(1000),
  window_minutes: z.number().int().positive().nullish(),
  /** Seconds since 1970; older versions wrote seconds from then on. */
  resets_at: z.number().int().positive().max(1e11).nullish(),
  resets_in_seconds: z.number().min(0).max(1e9).nullish(),
});

const Line = z.object({
  timestamp: z.string(),
  payload: z.object({
    type: z.literal("token_count"),
    rate_limits: z.looseObject({
      limit_id: z.string().nullish(),
      primary: z.unknown().optional(),
      secondary: z.unknown().optional(),
      rate_limit_reached_type: z.string().nullish(),
    }),
  }),
});

/**
 * The last rate limits in the lines of a rollout file. Windows that have reset since are left out: of
 * the new window nothing is known.
 *
 * @returns undefined when there are none.
 */
export function latestRateLimits(text: string, now: Date): SessionReading | undefined {
  const lines = text.split("\n");
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index]!;
    // Most lines are not of interest, and some are long.
    if (!line.includes('"rate_limits"') || !line.includes('"token_count"')) continue;
    const reading = readingOf(line, now);
    if (reading) return reading;
  }
  return undefined;
}

function readingOf(line: string, now: Date): SessionReading | undefined {
  const parsed = parseLine(line);
  const asOf = parseTimestamp(parsed?.timestamp);
  if (!parsed || !asOf || asOf > now) return undefined;
  const limits = parsed.payload.rate_limits;
  // Limits of one model or feature; the account's own may be in another line.
  if (limits.limit_id && limits.limit_id !== "codex") return undefined;
  const windows = (["primary", "secondary"] as const).flatMap((id): QuotaWindow[] => {
    const window = Window.safeParse(limits[id]);
    if (!window.success) return [];
    const { used_percent, window_minutes, resets_at, resets_in_seconds } = window.data;
    const resetsAt = resets_at
      ? new Date(resets_at * 1000)
      : resets_in_seconds
      ? new Date(asOf.getTime() + resets_in_seconds * 1000)
      : null;
    if (resetsAt && resetsAt <= now) return [];
    return [{
      id,
      usedPercent: used_percent,
      windowMinutes: window_minutes ?? null,
      resetsAt,
      extra: false,
    }];
  });
  if (windows.length === 0) return undefined;
  const reached = limits.rate_limit_reached_type;
  return {
    kind: "windows",
    source: "sessions",
    windows,
    account: {
      reachedType: reached ? forUser(reached) : null,
      spendControlReached: false,
    },
    problems: [],
    asOf,
  };
}

function parseLine(line: string): z.infer<typeof Line> | undefined {
  try {
    return Line.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
