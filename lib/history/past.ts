import type { QuotaWindow } from "../quota/window.ts";

/** A reading as the history keeps it. */
export interface PastReading {
  /** When its numbers were true. */
  readonly at: Date;
  readonly source: string;
  /** What was decided on it. */
  readonly status: "open" | "blocked" | "unknown";
  /** At least one. */
  readonly windows: readonly QuotaWindow[];
}

/** All that can happen, beside a reading. */
export const EVENT_KINDS = [
  "threshold",
  "block",
  "open",
  "hold",
  "release",
  "reset",
  "source-lost",
  "source-back",
  "pause",
  "resume",
  "stopped",
  "revived",
] as const;

/** What has happened; `docs/events.md` says what each is. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** What is said of it: texts fit for a terminal, numbers, and instants in UTC as text. */
export type EventFields = Readonly<Record<string, string | number | null>>;

/** Something that has happened. */
export interface PastEvent {
  readonly at: Date;
  readonly kind: EventKind;
  /** What it happened to, by which it is told from others of its kind. */
  readonly about: string;
  readonly fields: EventFields;
}

/** A reading or an event with its number in the history, by which who follows goes on. */
export type Numbered<T> = T & { readonly id: number };
