import type { DatedReading } from "../quota/reading.ts";
import type { HeldStep } from "../state/queue.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/*
 * The registry of harnesses, as a guard needs it: it loads nothing of any until it is asked. What all
 * others know of them is in `registry.ts`.
 */

/** What a guard is to know of the harness that calls it. */
export interface Caller {
  /** Its home, links resolved, where it is not the usual one. */
  ownHome(): string | undefined;
  /**
   * What a session was told of the quota last; near the wall its next request looks.
   *
   * @param path The session's file.
   * @param directory That of the home's state.
   */
  lastReading(path: string, directory: StateDirectory): Promise<DatedReading | undefined>;
  /** What the harness reads as a denial of what a hook is called before. */
  denialText(reason: string, step: HeldStep | undefined): string;
}

/** Loads what is to be known of the harness that calls; undefined where nothing is known of it. */
export type LoadCaller = () => Promise<Caller | undefined>;

/** The harnesses by their ids; the first one is meant where nobody names one. */
const CALLERS: Readonly<Record<string, () => Promise<Caller>>> = {
  codex: () => import("./codex/caller.ts"),
  claude: () => import("./claude/caller.ts"),
  opencode: () => import("./opencode/caller.ts"),
};

/** The ids of all. */
export const HARNESS_IDS: readonly string[] = Object.keys(CALLERS);

/** What a state directory bears of the name: nothing of the first one's, which had no other beside it. */
export function nameInPaths(id: string | undefined): string | undefined {
  return id === HARNESS_IDS[0] ? undefined : id;
}

/**
 * The harness that calls a guard.
 *
 * @param id As the hooks have it; the first one where they do not say.
 * @returns undefined for one whose quota alone is known, by codexbar.
 */
export async function callerOf(id = HARNESS_IDS[0]!): Promise<Caller | undefined> {
  return Object.hasOwn(CALLERS, id) ? await CALLERS[id]!() : undefined;
}
