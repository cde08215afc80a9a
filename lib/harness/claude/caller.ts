import type { DatedReading } from "../../quota/reading.ts";
import type { StateDirectory } from "../../state/state_directory.ts";
import { homeHere, unusual } from "../home.ts";
import { PLACE } from "./home.ts";

/*
 * What a guard is to know of the Claude Code that calls it. Guards load it where they need it, so it loads
 * what is heavy only when that is asked.
 */

export { denialText } from "./denial.ts";

/** Its home, links resolved, where it is not the usual one. */
export function ownHome(): string | undefined {
  return unusual(PLACE, homeHere(PLACE));
}

/** What a session was told last, by its file. */
export async function lastReading(
  path: string,
  directory: StateDirectory,
): Promise<DatedReading | undefined> {
  const quota = await import("./quota/last_reading.ts");
  return await quota.lastReading(path, directory);
}
