import { bare } from "./bare.ts";
import { CLAUDE } from "./claude/claude.ts";
import { CODEX } from "./codex/codex.ts";
import { PLAYER as CODEX_PLAYER } from "./codex/sessions/played_session.ts";
import type { HarnessKind, HarnessWithHomes } from "./kind.ts";
import { OPENCODE } from "./opencode/opencode.ts";
import type { Player } from "./player.ts";

/**
 * The harnesses, for all but guards: those have `callers.ts`. The first one is meant where nobody names
 * one.
 */
export const KINDS: readonly HarnessWithHomes[] = [CODEX, CLAUDE, OPENCODE];

/** The one that is meant where nobody names one. */
const USUAL_KIND: HarnessWithHomes = KINDS[0]!;

/** The one whose sessions simulations play. */
export const PLAYER: Player = CODEX_PLAYER;

/** The kind of that name; one that has no hooks where only codexbar may know it. */
export function kindNamed(id: string | undefined): HarnessKind {
  if (id === undefined) return USUAL_KIND;
  return KINDS.find((kind) => kind.id === id) ??
    { id, place: undefined, with: () => bare(id) };
}
