import { MAX_RESET_BUFFER_SECONDS } from "../quota/policy.ts";

/** Bounds of a number: more than `above`, at least `min`, at most `max`. */
export interface Bounds {
  readonly above?: number;
  readonly min?: number;
  readonly max: number;
}

/** Seconds of a day. */
export const DAY_SECONDS = 86_400;

/** Bounds of the numbers that settings, options and environment variables share. Times in seconds. */
export const BOUNDS = {
  thresholdPercent: { above: 0, max: 100 },
  resetBufferSeconds: { min: 0, max: MAX_RESET_BUFFER_SECONDS },
  intervalSeconds: { min: 1, max: DAY_SECONDS },
  maxStateAgeSeconds: { min: 1, max: 7 * DAY_SECONDS },
} as const satisfies Record<string, Bounds>;

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

/** What such a number may be, as in `a number from 1 to 86400`. */
export function numberWords({ above, min, max }: Bounds): string {
  return `a number ${
    above === undefined ? `from ${min ?? 0} to` : `above ${above} and up to`
  } ${max}`;
}

/** Names of the sources. */
export const SOURCE_NAMES = ["auto", "codexbar", "codex", "sessions", "simulated"] as const;

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
