import type { Reading } from "../../../quota/reading.ts";
import type { QuotaSource } from "../../../quota/source.ts";
import type { StateDirectory } from "../../../state/state_directory.ts";
import { SESSIONS } from "./told.ts";
import { toldLast } from "./told_last.ts";

/** What is older than this has reset: the longest window is a week. */
const MAX_AGE_MS = 8 * 24 * 3600_000;

const NOTHING = "no Claude Code session in a terminal has been told its quota yet";

const NO_WINDOWS = "Claude Code is told no quota: it has an API key, or a plan without windows; " +
  "nothing is held";

/**
 * The limits that a Claude Code session in a terminal was told last. No process is started and nothing is
 * sent anywhere; needs read permission. The reading is as old as it is.
 */
export function sessions(directory: StateDirectory): QuotaSource {
  return {
    name: SESSIONS,
    read(): Promise<Reading> {
      const told = toldLast(directory);
      const isKnown = told !== undefined && Date.now() - told.asOf.getTime() <= MAX_AGE_MS;
      const failed = (reason: string): Reading => ({ kind: "failed", source: SESSIONS, reason });
      if (!isKnown) return Promise.resolve(failed(NOTHING));
      return Promise.resolve(told.kind === "none" ? failed(NO_WINDOWS) : told);
    },
  };
}
