import { join } from "@std/path";
import { replaceFile } from "../files/replace_file.ts";
import type { Decision } from "../quota/decision.ts";
import type { Reading } from "../quota/reading.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import type { QuotaWindow } from "../quota/window.ts";
import { STATE_FILES } from "./files.ts";
import { readState, SCHEMA_VERSION } from "./state.ts";

/**
 * Writes `state.json`: the only place that does. The caller holds the poll lock, so there is one
 * writer at a time; a reader sees the old or the new file, whole. Needs write permission.
 *
 * @param readAt When the reading began. A state with a later reading is left as it is, unless that
 * one is in the future of `now`: then the clock was set back.
 * @returns false when a later reading was there already.
 * @throws When the file cannot be written.
 */
export async function writeState(
  directory: string,
  reading: Reading,
  decision: Decision,
  readAt: Date,
  now: Date,
): Promise<boolean> {
  const path = join(directory, STATE_FILES.state);
  const existing = readState(path);
  if (existing && existing.updatedAt > readAt && existing.updatedAt <= now) return false;
  const text = JSON.stringify(toFields(reading, decision, readAt), null, 2) + "\n";
  await replaceFile(path, text, 0o600);
  return true;
}

function toFields(reading: Reading, decision: Decision, readAt: Date): Record<string, unknown> {
  const blockedUntil = decision.status === "blocked" ? decision.blockedUntil : null;
  return {
    schemaVersion: SCHEMA_VERSION,
    status: decision.status,
    reason: decision.reason,
    usedPercent: decision.window?.usedPercent ?? null,
    windowMinutes: decision.window?.windowMinutes ?? null,
    resetsAt: optionalTimestamp(decision.window?.resetsAt),
    blockedUntil: optionalTimestamp(blockedUntil),
    failOpen: decision.status === "unknown",
    updatedAt: startOfSecond(readAt),
    source: reading.source,
    windows: reading.kind === "windows" ? reading.windows.map(windowFields) : [],
  };
}

function windowFields(window: QuotaWindow): Record<string, unknown> {
  return { ...window, resetsAt: optionalTimestamp(window.resetsAt) };
}

function optionalTimestamp(date: Date | null | undefined): string | null {
  return date ? formatTimestamp(date) : null;
}

/** A reading is never said to be newer than it is, so its time is rounded down. */
function startOfSecond(date: Date): string {
  return formatTimestamp(new Date(Math.floor(date.getTime() / 1000) * 1000));
}
