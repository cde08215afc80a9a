import * as z from "zod";
import type { Account, Credits } from "../../../quota/account.ts";
import { creditsFrom } from "../../../quota/credits.ts";
import type { Reading } from "../../../quota/reading.ts";
import type { QuotaWindow } from "../../../quota/window.ts";
import { forUser } from "../../../text/for_user.ts";

/** The limit of the account as a whole; others are of models or features. */
const MAIN_LIMIT = "codex";

const Window = z.object({
  usedPercent: z.number().min(0).max(1000),
  windowDurationMins: z.number().int().positive().nullish(),
  /** Seconds since 1970. */
  resetsAt: z.number().int().positive().max(1e11).nullish(),
});

/** What stands for a second limit at accounts that have none. */
const Placeholder = z.looseObject({
  usedPercent: z.literal(0),
  windowDurationMins: z.union([z.null(), z.undefined(), z.literal(0)]),
  resetsAt: z.union([z.null(), z.undefined(), z.literal(0)]),
});

const Limit = z.looseObject({
  limitId: z.string().nullish().catch(undefined),
  planType: z.string().nullish().catch(undefined),
  primary: z.unknown().optional(),
  secondary: z.unknown().optional(),
  credits: z.looseObject({
    hasCredits: z.boolean().nullish().catch(undefined),
    unlimited: z.boolean().nullish().catch(undefined),
    balance: z.string().nullish().catch(undefined),
  }).nullish().catch(undefined),
  spendControlReached: z.boolean().nullish().catch(undefined),
  rateLimitReachedType: z.string().nullish().catch(undefined),
});

const Answer = z.looseObject({
  /** New in 0.169: whether the account may go on, which nobody is to infer from the numbers. */
  ordinaryUsageAllowed: z.boolean().nullish().catch(undefined),
  rateLimits: Limit,
  rateLimitsByLimitId: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});

/** Reads Codex's answer to `account/rateLimits/read`, as of 0.169.0. */
export function parseRateLimits(answer: unknown): Reading {
  const parsed = Answer.safeParse(answer);
  if (!parsed.success) {
    const reason = "codex told its rate limits in an unknown form";
    return { kind: "failed", source: "codex", reason };
  }
  const { rateLimits, rateLimitsByLimitId, ordinaryUsageAllowed } = parsed.data;
  const limits = new Map<string, z.infer<typeof Limit>>();
  // The one on top may be a model's: it goes by its name, and by its place only where it has none.
  limits.set(rateLimits.limitId ?? MAIN_LIMIT, rateLimits);
  for (const [id, value] of Object.entries(rateLimitsByLimitId ?? {})) {
    const limit = Limit.safeParse(value);
    // A broken limit of some model says nothing about the account.
    if (limit.success) limits.set(id, limit.data);
  }
  const main = limits.get(MAIN_LIMIT);
  const windows: QuotaWindow[] = [];
  const problems: string[] = [];
  if (main) addWindows(main, "", false, windows, problems);
  for (const [id, limit] of limits) {
    if (id !== MAIN_LIMIT) addWindows(limit, `${forUser(id)}.`, true, windows, []);
  }
  const account = accountOf(main ?? {}, ordinaryUsageAllowed ?? undefined);
  // They are the account's, whichever limit they stand beside.
  const credits = creditsOf(main ?? {}) ?? creditsOf(rateLimits);
  const planType = main?.planType ?? rateLimits.planType;
  const plan = planType ? forUser(planType) : undefined;
  return { kind: "windows", source: "codex", windows, account, plan, credits, problems };
}

function addWindows(
  limit: z.infer<typeof Limit>,
  prefix: string,
  extra: boolean,
  windows: QuotaWindow[],
  problems: string[],
): void {
  for (const slot of ["primary", "secondary"] as const) {
    const value = limit[slot];
    if (value === null || value === undefined || Placeholder.safeParse(value).success) continue;
    const parsed = Window.safeParse(value);
    if (!parsed.success) {
      problems.push(`the ${slot} window in codex's answer is malformed`);
      continue;
    }
    const { usedPercent, windowDurationMins, resetsAt } = parsed.data;
    windows.push({
      id: `${prefix}${slot}`,
      usedPercent,
      windowMinutes: windowDurationMins ?? null,
      resetsAt: resetsAt ? new Date(resetsAt * 1000) : null,
      extra,
    });
  }
}

function accountOf(
  { spendControlReached, rateLimitReachedType }: z.infer<typeof Limit>,
  usageAllowed: boolean | undefined,
): Account {
  return {
    reachedType: rateLimitReachedType ? forUser(rateLimitReachedType) : null,
    spendControlReached: spendControlReached ?? false,
    usageAllowed,
  };
}

function creditsOf({ credits }: z.infer<typeof Limit>): Credits | undefined {
  if (!credits) return undefined;
  const { unlimited, hasCredits, balance } = credits;
  return creditsFrom(
    unlimited === true,
    hasCredits === true,
    balance ? forUser(balance) : undefined,
  );
}
