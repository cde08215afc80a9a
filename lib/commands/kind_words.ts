import { HARNESS_IDS } from "../harness/callers.ts";

/** Every harness that there is. */
export const ALL = "all";

/** What may be named, for completion. */
export const KIND_WORDS: Readonly<Record<string, Record<string, never>>> = Object.fromEntries(
  [...HARNESS_IDS, ALL].map((word) => [word, {}]),
);

/** The same, as the help has it. */
export const KIND_NAMES: string = `[${Object.keys(KIND_WORDS).join("|")}]`;
