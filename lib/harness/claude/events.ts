import { isSince } from "../../text/is_since.ts";

/**
 * The hooks of ours that not every version of Claude Code knows, with the first that has the name in it
 * (looked for in the versions before and after).
 */
const FIRST_VERSIONS: Readonly<Record<string, string>> = {
  PreCompact: "1.0.48",
  UserPromptSubmit: "1.0.53",
  SessionStart: "1.0.62",
  PostToolBatch: "2.1.118",
};

/**
 * From then on a name that is not known costs nothing. Before, Claude Code passes over the whole file for it,
 * in silence: what the user has set there is then not so, either (seen with 2.1.0 to 2.1.100).
 */
const BEARS_UNKNOWN_EVENTS = "2.1.101";

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

/**
 * True where a hook may stand in the settings: Claude Code has it, or passes over it alone. Where its version
 * is not known, what was left out before for its version stays out.
 *
 * @param there The events of the hooks of ours that stand there.
 */
export function mayStand(
  version: string | undefined,
  event: string,
  there: readonly string[],
): boolean {
  if (version === undefined) {
    return there.length === 0 || there.includes(event) || firstVersionWith(event) === undefined;
  }
  return knowsEvent(version, event) || isSince(version, BEARS_UNKNOWN_EVENTS);
}

/** What a version lets nobody gate, in one line for the user; undefined where a turn is held throughout. */
export function limitOf(version: string | undefined): string | undefined {
  if (knowsEvent(version, "PostToolBatch")) return undefined;
  return `Claude Code ${version} has no hook between the requests of a turn: one that has begun is not ` +
    `held before it ends; from ${firstVersionWith("PostToolBatch")} on it is.`;
}
