import type { Reading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";

/**
 * Asks several sources in order and takes the first that answers. The one that answered last time
 * comes first, if it is live: a source that hangs is then not waited for again and again.
 *
 * @param sources In order of preference.
 * @param last Name of the source that answered last time.
 */
export function auto(sources: readonly QuotaSource[], last: string | undefined): QuotaSource {
  const remembered = sources.filter(({ name }) => name === last && name !== "sessions");
  const order = [...remembered, ...sources.filter((source) => !remembered.includes(source))];
  return {
    name: "auto",
    async read(signal): Promise<Reading> {
      const reasons: string[] = [];
      for (const source of order) {
        const reading = await source.read(signal);
        if (reading.kind === "windows" || signal?.aborted) return reading;
        reasons.push(reading.reason);
      }
      return { kind: "failed", source: "auto", reason: reasons.join("; ") };
    },
  };
}
