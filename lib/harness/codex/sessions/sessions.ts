import type { Reading } from "../../../quota/reading.ts";
import type { QuotaSource } from "../../../quota/source.ts";
import { isPaidByKey } from "../account.ts";
import { newestReading } from "./newest_reading.ts";

const NOTHING = "no recent Codex session has written down its rate limits";

/**
 * The latest rate limits that a Codex session wrote into its rollout file, below `sessions`
 * in a home. No process is started and nothing is sent anywhere; needs read permission.
 * The reading is as old as it is: it counts less than one that was read live.
 *
 * @param home Codex's directory; undefined when it is not known.
 */
export function sessions(home: string | undefined): QuotaSource {
  return {
    name: "sessions",
    async read(signal): Promise<Reading> {
      const failed = (reason: string): Reading => ({ kind: "failed", source: "sessions", reason });
      if (home === undefined) return failed(NOTHING);
      // What its sessions wrote down before is of another login.
      if (isPaidByKey(home)) return failed("an API key is signed in, and its use is in no window");
      return await newestReading(home, new Date(), signal) ?? failed(NOTHING);
    },
  };
}
