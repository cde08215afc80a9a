import { bare } from "./bare.ts";
import { CLAUDE } from "./claude/claude.ts";
import { CODEX } from "./codex/codex.ts";
import type { Harness } from "./harness.ts";
import type { HomePlace } from "./home.ts";

/** A kind of harness. */
export interface HarnessKind {
  /** The name by which options, hooks and codexbar know it. */
  readonly id: string;
  /** How its homes are found; undefined for one of which only the quota is known. */
  readonly place: HomePlace | undefined;
  /** It, with one of its homes; absolute, undefined where that is not known. */
  with(home: string | undefined): Harness;
}

/**
 * The harnesses, for all but guards: those have `callers.ts`. The first one is meant where nobody names
 * one.
 */
export const KINDS: readonly (HarnessKind & { readonly place: HomePlace })[] = [CODEX, CLAUDE];

/** The one that is meant where nobody names one. */
export const USUAL_KIND: HarnessKind & { readonly place: HomePlace } = KINDS[0]!;

/** The kind of that name; one that has no hooks where only codexbar may know it. */
export function kindNamed(id: string | undefined): HarnessKind {
  if (id === undefined) return USUAL_KIND;
  return KINDS.find((kind) => kind.id === id) ??
    { id, place: undefined, with: () => bare(id) };
}
