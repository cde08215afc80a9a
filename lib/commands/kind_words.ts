import { HARNESS_IDS } from "../harness/callers.ts";

/** Every harness that there is. */
export const ALL = "all";

/** What may be named, for completion. */
export const KIND_WORDS = Object.fromEntries([...HARNESS_IDS, ALL].map((word) => [word, {}]));

/** The same, as the help has it. */
export const KIND_NAMES = `[${Object.keys(KIND_WORDS).join("|")}]`;
