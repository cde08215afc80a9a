import * as z from "zod";
import { CREDITS_LEFT } from "../quota/account.ts";
import type { WindowsReading } from "../quota/reading.ts";
import { parseTimestamp } from "../text/timestamp.ts";

/** A reading of the past. */
export interface Recorded {
  readonly at: Date;
  readonly reading: WindowsReading;
}

/** A recording that cannot be used; the message says where and why. */
export class RecordingError extends Error {
  override name = "RecordingError";
}

const instant = z.string().transform((text, context) => {
  const date = parseTimestamp(text);
  if (date !== undefined) return date;
  context.addIssue({ code: "custom", message: "is no instant such as 2026-01-31T18:30:00Z" });
  return z.NEVER;
});

/** A window; its class follows from its length. */
const Window = z.object({
  id: z.string().max(100),
  usedPercent: z.number().min(0),
  windowMinutes: z.number().positive().nullable(),
  resetsAt: instant.nullable(),
  extra: z.boolean().default(false),
});

const Recording = z.object({
  schemaVersion: z.literal(1),
  readings: z.array(z.object({
    at: instant,
    source: z.string().max(100),
    windows: z.array(Window),
    plan: z.string().max(100).nullish(),
    credits: z.object({
      left: z.enum(CREDITS_LEFT),
      balance: z.string().max(100).optional(),
    }).nullish(),
  })),
});

/**
 * Reads a recording, as `history --json` prints it, in the order of time. What else stands in it is
 * left out.
 *
 * @throws {RecordingError} When it is none.
 */
export function parseRecording(text: string): Recorded[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RecordingError("it is no JSON");
  }
  const { data, error } = Recording.safeParse(json);
  if (error) {
    const { path, message } = error.issues[0]!;
    throw new RecordingError(`${placeOf(path)}: ${message}`);
  }
  if (data.readings.length === 0) throw new RecordingError("there are no readings in it");
  return data.readings.map(({ at, source, windows, plan, credits }) => ({
    at,
    reading: {
      kind: "windows" as const,
      source,
      windows,
      problems: [],
      ...(plan ? { plan } : {}),
      ...(credits ? { credits } : {}),
    },
  })).toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`);
  return place.join("").replace(/^\./, "") || "the whole";
}
