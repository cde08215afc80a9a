import type { DatedReading } from "../../quota/reading.ts";
import { homeHere, unusual } from "../home.ts";
import { PLACE } from "./home.ts";

/*
 * What a guard is to know of the Codex that calls it. Guards load it where they need it, so it loads what
 * is heavy only when that is asked.
 */

/** Its home, links resolved, where it is not the usual one. */
export function ownHome(): string | undefined {
  return unusual(PLACE, homeHere(PLACE));
}

/** What a session has written down last, by its file. */
export async function lastReading(path: string): Promise<DatedReading | undefined> {
  const sessions = await import("./sessions/last_reading.ts");
  return await sessions.lastReading(path, new Date());
}

/**
 * What Codex reads as a denial of a prompt or a tool call: JSON on stdout with exit code 0 (seen with
 * 0.169.0). Only a user's own settings ask for one.
 */
export function denialText(reason: string): string {
  return `${JSON.stringify({ decision: "block", reason })}\n`;
}
