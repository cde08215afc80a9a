import { isSince } from "../../text/is_since.ts";

/**
 * Hooks of ours that not every version of Claude Code knows, with the first that does: 2.1.118 has the name
 * in it, 2.1.117 has not. Older ones pass over it, so one settings file is right for all.
 */
const FIRST_VERSIONS: Readonly<Record<string, string>> = { PostToolBatch: "2.1.118" };

/** The first version of Claude Code that knows an event; undefined for those that all know. */
export function firstVersionWith(event: string): string | undefined {
  return FIRST_VERSIONS[event];
}

/**
 * True where Claude Code has that hook; where its version is not known, too, since most have it.
 *
 * @param version As Claude Code says it.
 */
export function knowsEvent(version: string | undefined, event: string): boolean {
  const first = firstVersionWith(event);
  return first === undefined || version === undefined || isSince(version, first);
}

/** What a version lets nobody gate, in one line for the user; undefined where it has all hooks of ours. */
export function limitOf(version: string | undefined): string | undefined {
  if (knowsEvent(version, "PostToolBatch")) return undefined;
  return `Claude Code ${version}: holds prompts, the start of sub-agents and compactions only; from ` +
    `${firstVersionWith("PostToolBatch")} on each later request of a turn, too.`;
}
