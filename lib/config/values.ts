/** Bounds of a number: more than `above`, at least `min`, at most `max`. */
export interface Bounds {
  readonly above?: number;
  readonly min?: number;
  readonly max: number;
}

/** Seconds of a day. */
export const DAY_SECONDS = 86_400;

/**
 * Reads a number as users write it: digits, with a fraction if need be. The one place that says what a
 * number is; the guard reads its own arguments with it, so it loads nothing.
 *
 * @returns undefined for anything else (`0x10`, `1e1`, `Infinity`, ` 95`), and out of bounds.
 */
export function readNumber(text: string, bounds: Bounds): number | undefined {
  const number = /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  const { above = -Infinity, min = -Infinity, max } = bounds;
  return number > above && number >= min && number <= max ? number : undefined;
}

/** The sources that users choose from. */
export const SOURCES = ["auto", "codexbar", "codex", "sessions"] as const;

/** Names of all sources: `simulated` is for `simulate`. */
export const SOURCE_NAMES = [...SOURCES, "simulated"] as const;

/** The name of a source. */
export type SourceName = typeof SOURCE_NAMES[number];

/** True for the name of a source. */
export function isSourceName(word: string): word is SourceName {
  return (SOURCE_NAMES as readonly string[]).includes(word);
}

/** True for what the name of a source or a provider may look like. */
export function isName(word: string): boolean {
  return /^[a-z][a-z0-9.-]*$/.test(word);
}
