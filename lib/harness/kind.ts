import type { Harness } from "./harness.ts";
import type { HomePlace } from "./home.ts";

/** A kind of harness. */
export interface HarnessKind {
  /** The name by which options, hooks and codexbar know it. */
  readonly id: string;
  /** The id of the kind whose quota it uses, and whose state it is held on; undefined for its own. */
  readonly quotaOf?: string;
  /** How its homes are found; undefined for one of which only the quota is known. */
  readonly place: HomePlace | undefined;
  /** It, with one of its homes; absolute, undefined where that is not known. */
  with(home: string | undefined): Harness;
}

/** A kind that has homes. */
export interface HarnessWithHomes extends HarnessKind {
  readonly place: HomePlace;
  /** Names of what it puts into a home; a directory with any of it is one. */
  readonly marks: readonly string[];
}
