import * as z from "zod";
import type { Sample } from "../quota/burn.ts";
import type { Known } from "../quota/doubt.ts";
import type { Latch } from "../quota/latch.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { parseStateFields, readStateFields } from "./state.ts";

/** What the next reading has to know of the one before. */
export interface Memory {
  readonly status: "open" | "blocked" | "unknown";
  /** When the reading was true, to the millisecond where that was written down. */
  readonly readAt: Date;
  readonly source: string | undefined;
  /** The last reading that had windows, and when that was. */
  readonly known: Known | undefined;
  /** A value of the 5-hour window that the burn is measured from. */
  readonly sample: Sample | undefined;
  /** Percent of the 5-hour window per second, when it was last measured. */
  readonly burn: number | undefined;
  readonly latch: Latch | undefined;
  readonly following: string | undefined;
  /** When the holds of the last day began. */
  readonly holds: readonly Date[];
}

const Timestamp = z.string().transform((text, context) => {
  const date = parseTimestamp(text);
  if (date) return date;
  context.addIssue({ code: "custom", message: "is not a time" });
  return z.NEVER;
});

const Milliseconds = z.number().transform((ms) => new Date(ms));

const Hold = z.object({
  what: z.enum([...WINDOW_CLASSES, "account"] as const),
  windowId: z.string().nullable(),
  windowMinutes: z.number().nullable().default(null),
  resetsAt: Timestamp.nullable(),
  blockedUntil: Timestamp,
  source: z.string(),
  since: Timestamp,
  reason: z.string(),
});

const Window = z.object({
  id: z.string(),
  usedPercent: z.number(),
  windowMinutes: z.number().nullable(),
  resetsAt: Timestamp.nullable(),
  extra: z.boolean(),
});

const Told = z.object({
  left: z.enum(["unlimited", "some", "none", "none or unlimited"]),
  balance: z.string().optional(),
  toldAtMs: Milliseconds.optional(),
  plan: z.string().optional(),
}).transform(({ toldAtMs, ...credits }) => ({ ...credits, toldAt: toldAtMs }));

const Fields = z.looseObject({
  source: z.string().optional().catch(undefined),
  known: z.object({
    source: z.string(),
    plan: z.string().optional(),
    credits: Told.optional().catch(undefined),
    windows: z.array(Window),
    atMs: Milliseconds,
  }).nullish().catch(undefined),
  sample: z.object({
    usedPercent: z.number(),
    resetsAt: Timestamp.nullable(),
    atMs: Milliseconds,
  }).nullish().catch(undefined),
  burnPercentPerHour: z.number().nullish().catch(undefined),
  following: z.string().nullish().catch(undefined),
  hold: Hold.nullish().catch(undefined),
  holds: z.array(Timestamp).catch([]),
});

/** Reads what a state file remembers; undefined when there is none that can be understood. */
export function readMemory(path: string): Memory | undefined {
  const fields = readStateFields(path);
  const state = fields && parseStateFields(fields);
  const parsed = Fields.safeParse(fields);
  if (!state || !parsed.success) return undefined;
  const { source, known, sample, burnPercentPerHour, hold, holds, following } = parsed.data;
  return {
    status: state.status,
    readAt: state.readAt,
    source,
    known: known ? { ...known, at: known.atMs } : undefined,
    sample: sample ? { ...sample, at: sample.atMs } : undefined,
    burn: typeof burnPercentPerHour === "number" ? burnPercentPerHour / 3600 : undefined,
    latch: hold ?? undefined,
    following: following ?? undefined,
    holds,
  };
}
