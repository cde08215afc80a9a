import { homeHere, type HomePlace } from "../home.ts";

/** Where Claude Code keeps what is one account's. */
export const PLACE: HomePlace = { variable: "CLAUDE_CONFIG_DIR", directory: ".claude" };

/** What it puts into its homes. */
export const MARKS: readonly string[] = [
  "settings.json",
  ".credentials.json",
  ".claude.json",
  "projects",
];

/** What a child gets that is to have this home; nothing where it has it anyway. */
export function environmentFor(home: string | undefined): Readonly<Record<string, string>> {
  return home === undefined || home === homeHere(PLACE) ? {} : { [PLACE.variable]: home };
}
