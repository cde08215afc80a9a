import * as z from "zod";
import type { Latch } from "../quota/latch.ts";
import { parseTimestamp } from "../quota/timestamp.ts";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { parseState, readStateFields } from "./state.ts";

/** What the next reading has to know of the one before. */
export interface Memory {
  readonly status: "open" | "blocked" | "unknown";
  readonly updatedAt: Date;
  readonly source: string | undefined;
  /** The 5-hour window then. */
  readonly usedPercent: number | null;
  readonly resetsAt: Date | null;
  readonly latch: Latch | undefined;
  /** When the holds of the last day began. */
  readonly holds: readonly Date[];
}

const Timestamp = z.string().transform((text, context) => {
  const date = parseTimestamp(text);
  if (date) return date;
  context.addIssue({ code: "custom", message: "is not a time" });
  return z.NEVER;
});

const Hold = z.object({
  what: z.enum([...WINDOW_CLASSES, "account"] as const),
  windowId: z.string().nullable(),
  resetsAt: Timestamp.nullable(),
  blockedUntil: Timestamp,
  source: z.string(),
  since: Timestamp,
  reason: z.string(),
});

const Fields = z.looseObject({
  source: z.string().optional().catch(undefined),
  fiveHour: z.object({ usedPercent: z.number(), resetsAt: Timestamp.nullable() })
    .nullish().catch(undefined),
  hold: Hold.nullish().catch(undefined),
  holds: z.array(Timestamp).catch([]),
});

/** Reads what a state file remembers; undefined when there is none that can be understood. */
export function readMemory(path: string): Memory | undefined {
  const fields = readStateFields(path);
  const state = fields && parseState(JSON.stringify(fields));
  const parsed = Fields.safeParse(fields);
  if (!state || !parsed.success) return undefined;
  const { source, fiveHour, hold, holds } = parsed.data;
  return {
    status: state.status,
    updatedAt: state.updatedAt,
    source,
    usedPercent: fiveHour?.usedPercent ?? null,
    resetsAt: fiveHour?.resetsAt ?? null,
    latch: hold ?? undefined,
    holds,
  };
}
