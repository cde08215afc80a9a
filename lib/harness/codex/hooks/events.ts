/**
 * Hooks of ours that not every version of Codex knows, with the first that does. Older ones pass over
 * the names (seen with 0.129 to 0.163), so one hooks file is right for all.
 */
const FIRST_VERSIONS: Readonly<Record<string, string>> = {
  PreModelRequest: "0.164",
  PreCompact: "0.129",
};

/** The first version of Codex that knows an event; undefined for those that all know. */
export function firstVersionWith(event: string): string | undefined {
  return FIRST_VERSIONS[event];
}

/** True for an event that a Codex may lack without being broken. */
export function isNewerEvent(event: string): boolean {
  return firstVersionWith(event) !== undefined;
}

/**
 * What a Codex that lacks some of our events cannot gate, in one line for the user; undefined when it
 * gates all.
 *
 * @param version As Codex says it; undefined when it does not.
 * @param unlisted The events of ours that it does not know.
 */
export function limitOf(
  version: string | undefined,
  unlisted: readonly string[],
): string | undefined {
  if (unlisted.length === 0) return undefined;
  const name = version === undefined ? "This Codex" : `Codex ${shortVersion(version)}`;
  if (!unlisted.includes("PreModelRequest")) return `${name}: does not hold compactions.`;
  const from = firstVersionWith("PreModelRequest");
  return `${name}: holds prompts and tools only; from ${from} on every request.`;
}

/** "0.158" for "0.158.0" and "0.158.1-alpha.2". */
function shortVersion(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? version;
}
