import type { Reading } from "../../../quota/reading.ts";
import type { QuotaSource } from "../../../quota/source.ts";
import { newestReading } from "./newest_reading.ts";

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
      const newest = home === undefined ? undefined : await newestReading(home, new Date(), signal);
      const reason = "no recent Codex session has written down its rate limits";
      return newest ?? { kind: "failed", source: "sessions", reason };
    },
  };
}
