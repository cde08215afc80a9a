import { homeHere, type HomePlace, usualHome } from "../home.ts";

/** Where Codex keeps what is one account's. */
export const PLACE: HomePlace = { variable: "CODEX_HOME", directory: ".codex" };

/**
 * What a child gets that is to have this home; nothing where it has it anyway. The usual one is not named:
 * Codex resolves the links of one that is, and keeps its trust under other names.
 */
export function environmentFor(home: string | undefined): Readonly<Record<string, string>> {
  if (home === undefined || home === homeHere(PLACE)) return {};
  return { [PLACE.variable]: home === usualHome(PLACE) ? "" : home };
}
