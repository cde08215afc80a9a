import { classOf, type QuotaWindow, type WindowClass } from "../quota/window.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import type { EventFields, EventKind, PastEvent, PastReading } from "./past.ts";

/** Version of the JSON that `events` and `history` print. Keys are only ever added. */
export const SCHEMA_VERSION = 1;

/** A reading as `history --json` has it; times are UTC. */
export interface ReadingJson {
  readonly at: string;
  readonly source: string;
  readonly windows: readonly (Omit<QuotaWindow, "resetsAt"> & {
    readonly class: WindowClass;
    readonly resetsAt: string | null;
  })[];
}

/** Writes a reading so. Pure. */
export function readingJson({ at, source, windows }: PastReading): ReadingJson {
  return {
    at: formatTimestamp(at),
    source,
    windows: windows.map((window) => ({
      id: window.id,
      class: classOf(window),
      usedPercent: window.usedPercent,
      windowMinutes: window.windowMinutes,
      resetsAt: window.resetsAt && formatTimestamp(window.resetsAt),
      extra: window.extra,
    })),
  };
}

/** An event as `history --json` has it; times are UTC. */
export type EventJson = EventFields & { readonly at: string; readonly event: EventKind };

/** Writes an event so. Pure. */
export function eventJson({ at, kind, fields }: PastEvent): EventJson {
  return { at: formatTimestamp(at), event: kind, ...fields };
}

/** One line of `events`. Pure. */
export function eventLine(happened: PastReading | PastEvent, home: string | null): string {
  const { at, event, ...rest } = "kind" in happened
    ? eventJson(happened)
    : { event: "reading", ...readingJson(happened), status: happened.status };
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, at, event, home, ...rest })}\n`;
}
