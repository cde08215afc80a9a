import { type Bounds, DAY_SECONDS, isSourceName, readNumber } from "./values.ts";

/** A setting that an option and a variable of the environment can say too. */
interface SharedRow extends Partial<Bounds> {
  readonly key: string;
  readonly flag: string;
  readonly variable: string;
  readonly default: number | string;
}

/**
 * The settings that options and the environment share with the file, by the name that the option's value
 * has in the code: the part of the table (`table.ts`) that the guard loads on every call. Numbers have
 * bounds. Times in seconds.
 */
export const SHARED = {
  thresholdPercent: {
    key: "windows.fiveHour.thresholdPercent",
    flag: "threshold-percent",
    variable: "QUOTA_SENTRY_THRESHOLD_PERCENT",
    default: 95,
    above: 0,
    max: 100,
  },
  resetBufferSeconds: {
    key: "resetBufferSeconds",
    flag: "reset-buffer-seconds",
    variable: "QUOTA_SENTRY_RESET_BUFFER_SECONDS",
    default: 60,
    min: 0,
    max: 3600,
  },
  intervalSeconds: {
    key: "intervalSeconds",
    flag: "interval-seconds",
    variable: "QUOTA_SENTRY_INTERVAL_SECONDS",
    default: 60,
    min: 1,
    max: DAY_SECONDS,
  },
  maxStateAgeSeconds: {
    key: "maxStateAgeSeconds",
    flag: "max-state-age-seconds",
    variable: "QUOTA_SENTRY_MAX_STATE_AGE_SECONDS",
    default: 180,
    min: 1,
    max: 7 * DAY_SECONDS,
  },
  source: {
    key: "source",
    flag: "source",
    variable: "QUOTA_SENTRY_SOURCE",
    default: "auto",
  },
} as const satisfies Readonly<Record<string, SharedRow>>;

/** The name of such a setting in the code. */
export type SharedName = keyof typeof SHARED;

/** Their names. */
export const SHARED_NAMES = Object.keys(SHARED) as readonly SharedName[];

/** Their values, as options; what was not given is left to the environment and the file. */
export type SharedOptions = {
  -readonly [Name in SharedName]?: (typeof SHARED)[Name]["default"] extends number ? number
    : string;
};

/** Reads the value of such an option; undefined for one that it does not take. */
export function readShared(name: SharedName, text: string): number | string | undefined {
  const row = SHARED[name];
  if ("max" in row) return readNumber(text, row);
  return isSourceName(text) ? text : undefined;
}

/** Writes them as arguments, for another process of ours; those that were not given are left out. */
export function sharedArguments(options: SharedOptions): string[] {
  return SHARED_NAMES.flatMap((name) =>
    options[name] === undefined ? [] : [`--${SHARED[name].flag}=${options[name]}`]
  );
}
