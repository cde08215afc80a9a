import * as z from "zod";
import { namesIn } from "../../../files/names_in.ts";
import type { DatedReading } from "../../../quota/reading.ts";
import { FIVE_HOUR_MINUTES, type QuotaWindow } from "../../../quota/window.ts";
import type { StateDirectory } from "../../../state/state_directory.ts";
import { forUser } from "../../../text/for_user.ts";

/*
 * What Claude Code's sessions were told of the quota. Each session that has a terminal has a file, named
 * after it, in which its status line writes one line when a request was answered: for how many
 * milliseconds the session has asked the model so far, and the limits, as Claude Code gives them, or
 * `none` where an answer came without any. So a file was changed when its numbers were true.
 */

/** More than a line ever has. */
const MAX_BYTES = 64 * 1024;

/** So many sessions are looked at, the latest. */
const MAX_SESSIONS = 256;

const WEEK_MINUTES = 7 * 24 * 60;

/** Percentages are not clamped; still, a value beyond this is a broken number. */
const MAX_PERCENT = 1000;

const Window = z.object({
  used_percentage: z.number().min(0).max(MAX_PERCENT),
  resets_at: z.number().positive().max(1e11).nullish(),
});

const Limits = z.record(z.string(), z.unknown());

/** What a session was told: the windows, or that it has none. */
export type Told = DatedReading | { readonly kind: "none"; readonly asOf: Date };

/** The name that users know it by: what sessions have written down. */
export const SESSIONS = "sessions";

/**
 * Reads one line. Pure.
 *
 * @param asOf When it was written.
 * @returns undefined for what cannot be understood.
 */
export function parseTold(line: string, asOf: Date): Told | undefined {
  const [, limits] = /^\d* (none|\{.*\})\n?$/.exec(line) ?? [];
  if (limits === undefined) return undefined;
  if (limits === "none") return { kind: "none", asOf };
  let value: unknown;
  try {
    value = JSON.parse(limits);
  } catch {
    return undefined;
  }
  const parsed = Limits.safeParse(value);
  if (!parsed.success) return undefined;
  const windows: QuotaWindow[] = [];
  const problems: string[] = [];
  for (const [id, told] of Object.entries(parsed.data)) {
    if (told === null) continue;
    const length = lengthOf(id);
    const window = Window.safeParse(told);
    if (!window.success) {
      problems.push(`the ${forUser(id)} window that a session was told is malformed`);
    }
    if (!window.success || length === undefined) continue;
    const { used_percentage: usedPercent, resets_at: resetsAt } = window.data;
    windows.push({
      id: forUser(id),
      usedPercent,
      windowMinutes: length,
      resetsAt: typeof resetsAt === "number" ? new Date(resetsAt * 1000) : null,
      // A week for one model alone.
      extra: id !== "five_hour" && id !== "seven_day",
    });
  }
  if (windows.length === 0) return undefined;
  return { kind: "windows", source: SESSIONS, windows, problems, asOf };
}

/** Of names that are not known yet, nobody can say what they bound. */
function lengthOf(id: string): number | undefined {
  if (id === "five_hour") return FIVE_HOUR_MINUTES;
  return id.startsWith("seven_day") ? WEEK_MINUTES : undefined;
}

/** What one session was told last; undefined for nothing. Needs read permission. */
export function toldIn(path: string): Told | undefined {
  try {
    // Checked before opening: a FIFO would block.
    const { isFile, size, mtime } = Deno.lstatSync(path);
    if (!isFile || size > MAX_BYTES || !mtime) return undefined;
    return parseTold(Deno.readTextFileSync(path), mtime);
  } catch {
    return undefined;
  }
}

/** The path of what a session was told; undefined for what is no session's id. */
export function toldPath(directory: StateDirectory, session: string): string | undefined {
  return /^[\w-]{1,80}$/.test(session) ? `${directory.file("statusLine")}/${session}` : undefined;
}

/** The files of all sessions, those that were told last first. Needs read permission. */
export function toldFiles(directory: StateDirectory): { path: string; changedAtMs: number }[] {
  return namesIn(directory.file("statusLine")).flatMap((name) => {
    const path = toldPath(directory, name);
    const changedAtMs = path === undefined ? undefined : changedAt(path);
    return changedAtMs === undefined ? [] : [{ path: path!, changedAtMs }];
  }).toSorted((a, b) => b.changedAtMs - a.changedAtMs).slice(0, MAX_SESSIONS);
}

/** When a file was changed, in milliseconds since 1970; undefined where there is none. */
export function changedAt(path: string): number | undefined {
  try {
    const { isFile, mtime } = Deno.lstatSync(path);
    return isFile ? mtime?.getTime() : undefined;
  } catch {
    return undefined;
  }
}
