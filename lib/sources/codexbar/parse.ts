import * as z from "zod";
import type { Credits } from "../../quota/account.ts";

import type { Reading } from "../../quota/reading.ts";
import { parseTimestamp } from "../../text/timestamp.ts";
import { type QuotaWindow, sameQuota } from "../../quota/window.ts";
import { forUser } from "../../text/for_user.ts";
import { jsonArrays } from "./json_arrays.ts";

/** What is known about the run beside its output. */
export interface CodexbarContext {
  /** The provider whose rows count; codexbar prints others when it does not know the one asked for. */
  readonly provider: string;
  readonly exitCode: number;
}

/** Codexbar does not clamp percentages; still, a value beyond this is a broken number. */
const MAX_PERCENT = 1000;

const SLOTS = ["primary", "secondary", "tertiary"] as const;

const Timestamp = z.string().transform((text, context) => {
  const date = parseTimestamp(text);
  if (date) return date;
  context.addIssue({ code: "custom", message: "is not an ISO 8601 time" });
  return z.NEVER;
});

const Window = z.object({
  usedPercent: z.number().min(0).max(MAX_PERCENT),
  windowMinutes: z.number().int().positive().nullish(),
  resetsAt: Timestamp.nullish(),
  isSyntheticPlaceholder: z.boolean().nullish(),
});

const ExtraWindow = z.object({
  id: z.string(),
  window: z.unknown(),
  usageKnown: z.boolean().nullish(),
});

const Row = z.object({
  provider: z.string(),
  usage: z.looseObject({ extraRateWindows: z.array(z.unknown()).nullish() }).nullish(),
  error: z.unknown().optional(),
  credits: z.object({ remaining: z.number() }).nullish().catch(undefined),
});

/**
 * Reads what `codexbar usage --format json` printed: one JSON array of rows, at some versions two or a
 * row of its own, and at some with other text around it.
 *
 * The shape is that of steipete/CodexBar 0.54.1. Windows that are placeholders, or whose usage is not
 * known, are left out. A row with an error tells nothing, even where it has usage too. Several rows of
 * the provider must agree, since a wrong one could block.
 */
export function parseCodexbarUsage(stdout: string, context: CodexbarContext): Reading {
  const arrays = jsonArrays(stdout);
  if (arrays.length === 0) return failed(withoutJson(stdout, context.exitCode));

  const rows = arrays.flat().map((row) => Row.safeParse(row)).flatMap((parsed) =>
    parsed.success ? [parsed.data] : []
  );
  const ours = rows.filter((row) => row.provider === context.provider);
  const sound = ours.filter(({ error }) => error === undefined || error === null);
  const usages = sound.flatMap(({ usage }) => usage ? [parseUsage(usage)] : []);
  const [usage, ...others] = usages;
  if (usage === undefined) return failed(withoutUsage(rows, ours, context.provider));
  if (others.some((other) => !sameUsage(usage, other))) {
    return failed(
      `codexbar reported several ${context.provider} accounts with different quotas, ` +
        "and it is not known which one is in use",
    );
  }
  const remaining = sound.find((row) => row.usage)?.credits?.remaining;
  const credits = remaining === undefined ? undefined : creditsOf(remaining);
  return { kind: "windows", source: "codexbar", ...usage, credits };
}

interface Usage {
  readonly windows: QuotaWindow[];
  readonly problems: string[];
}

function parseUsage(usage: z.infer<typeof Row>["usage"] & object): Usage {
  const windows: QuotaWindow[] = [];
  const problems: string[] = [];
  const add = (id: string, value: unknown, extra: boolean): void => {
    if (value === null || value === undefined) return;
    const parsed = Window.safeParse(value);
    if (!parsed.success) {
      problems.push(malformed(id, parsed.error));
    } else if (!parsed.data.isSyntheticPlaceholder) {
      const { usedPercent, windowMinutes, resetsAt } = parsed.data;
      windows.push({
        id,
        usedPercent,
        windowMinutes: windowMinutes ?? null,
        resetsAt: resetsAt ?? null,
        extra,
      });
    }
  };
  for (const slot of SLOTS) add(slot, usage[slot], false);
  for (const value of usage.extraRateWindows ?? []) {
    const extra = ExtraWindow.safeParse(value);
    if (extra.success && extra.data.usageKnown !== false) {
      add(forUser(extra.data.id), extra.data.window, true);
    }
  }
  return { windows, problems };
}

/** Codexbar writes 0 also where credits are unlimited. */
function creditsOf(remaining: number): Credits {
  const left = remaining > 0 ? "some" : "none or unlimited";
  return { left, balance: String(remaining) };
}

function malformed(id: string, error: z.ZodError): string {
  const field = error.issues[0]?.path.join(".");
  const what = field ? `${field} is missing, of the wrong type or out of range` : "it is no object";
  return `the ${id} window in codexbar's answer is malformed: ${what}`;
}

function sameUsage(a: Usage, b: Usage): boolean {
  return a.windows.length === b.windows.length && a.problems.length === b.problems.length &&
    a.windows.every((window, index) => {
      const other = b.windows[index];
      return other !== undefined && other.id === window.id && sameQuota(window, other);
    });
}

function withoutJson(stdout: string, exitCode: number): string {
  const ended = exitCode === 0 ? "" : ` and ended with code ${exitCode}`;
  return stdout.trim() === ""
    ? `codexbar printed nothing${ended}`
    : `codexbar printed something that is not its JSON${ended}`;
}

type ParsedRow = z.infer<typeof Row>;

function withoutUsage(
  rows: readonly ParsedRow[],
  ours: readonly ParsedRow[],
  provider: string,
): string {
  // A row of provider "cli" tells of a problem with the call itself.
  const told = [...ours, ...rows.filter((row) => row.provider === "cli")];
  const error = told.map((row) => row.error).find((each) => each !== undefined && each !== null);
  if (error !== undefined) {
    const message = messageOf(error);
    return message ? `codexbar says: ${forUser(message)}` : "codexbar tells of an error";
  }
  if (ours.length > 0) return `codexbar's answer for ${provider} has no usage`;
  return `codexbar's answer has nothing about ${provider}`;
}

/** An error's own words; another program of that name writes them without an object. */
function messageOf(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  const parsed = z.object({ message: z.string() }).safeParse(error);
  return parsed.success ? parsed.data.message : undefined;
}

function failed(reason: string): Reading {
  return { kind: "failed", source: "codexbar", reason };
}
