import { homeHere, unusual } from "../home.ts";
import { PLACE } from "./home.ts";

/*
 * What a guard is to know of the OpenCode that calls it, where anybody names that: our plugin names
 * whose quota it is, and reads a denial as any of those has it.
 */

/** Its home, links resolved, where it is not the usual one. */
export function ownHome(): string | undefined {
  return unusual(PLACE, homeHere(PLACE));
}

/** A session's file tells nothing of the quota. */
export function lastReading(): Promise<undefined> {
  return Promise.resolve(undefined);
}

/** What the plugin reads as a denial. It throws then: the turn ends there, with the reason. */
export function denialText(reason: string): string {
  return `${JSON.stringify({ decision: "block", reason })}\n`;
}
