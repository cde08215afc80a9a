import type { Standing } from "../guard/standing.ts";
import type { State } from "../state/state.ts";
import { shortSpan } from "../text/relative_time.ts";
import { shortLength } from "./short_length.ts";

/** What a prompt is made from: it is drawn often, so it is little. */
export interface PromptFacts {
  readonly now: Date;
  readonly state: State | undefined;
  readonly standing: Standing | undefined;
  /** How many are held. */
  readonly waiting: number;
  readonly pausedUntil: Date | undefined;
  readonly isBypassed: boolean;
  readonly isUtf8: boolean;
}

/**
 * What stands in a prompt: `5h 72% ↻1h12m`, `held 4 ↻41m`, `paused 2h`, `bypassed`; `quota ?` while it
 * is not known. Pure.
 */
export function promptLine(
  { now, state, standing, waiting, pausedUntil, isBypassed, isUtf8 }: PromptFacts,
): string {
  const left = (date: Date) => shortSpan(date.getTime() - now.getTime());
  if (pausedUntil) return `paused ${left(pausedUntil)}`;
  if (isBypassed) return "bypassed";
  const end = standing?.until ??
    (state?.resetsAt && state.resetsAt > now ? state.resetsAt : undefined);
  const reset = end ? ` ${isUtf8 ? "↻" : "~"}${left(end)}` : "";
  if (waiting > 0) return `held ${waiting}${reset}`;
  if (!state || !standing || standing.status === "unknown") return "quota ?";
  if (state.usedPercent === null) return `${standing.status}${reset}`;
  // A block that is over says nothing of the window that has come since.
  if (state.resetsAt && state.resetsAt <= now) return "quota ?";
  return `${shortLength(state)} ${Math.floor(state.usedPercent)}%${reset}`.trimStart();
}
