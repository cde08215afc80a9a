const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The longest duration, in seconds: ten years. */
export const MAX_DURATION_SECONDS = 3650 * 86_400;

/**
 * Seconds of a duration such as `90s`, `30m`, `1h30m` or `2d`, the larger units first; undefined for
 * anything else, for 0, and beyond ten years.
 */
export function parseDuration(text: string): number | undefined {
  const number = String.raw`(\d+(?:\.\d+)?)`;
  const match = new RegExp(`^(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?$`).exec(
    text,
  );
  if (!match) return undefined;
  const seconds = ["d", "h", "m", "s"].reduce(
    (sum, unit, index) => sum + Number(match[index + 1] ?? 0) * UNIT_SECONDS[unit]!,
    0,
  );
  return seconds > 0 && seconds <= MAX_DURATION_SECONDS ? seconds : undefined;
}
