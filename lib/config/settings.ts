import type { Cadence } from "../quota/cadence.ts";
import { DEFAULT_POLICY, type Policy } from "../quota/policy.ts";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { ConfigFile } from "./config_file.ts";
import { parseDuration } from "./duration.ts";

/** Everything that can be set, with its value. Times in seconds. */
export interface Settings {
  readonly policy: Policy;
  readonly cadence: Cadence;
  readonly maxStateAgeSeconds: number;
  readonly source: string;
  /** Readings are taken from session files as they are written. */
  readonly follow: boolean;
  readonly bounds: HoldBounds;
}

/** How long and how often agents wait, and what comes then. */
export interface HoldBounds {
  readonly maxHoldSeconds: number | null;
  readonly then: "release" | "deny";
  readonly notIntoNewWeek: boolean;
  readonly maxHoldsPerDay: number | null;
  readonly staggerSeconds: number;
  readonly holdTools: boolean;
  readonly onUnknown: "open" | "hold";
  readonly onUnknownMaxSeconds: number;
}

/** Where a value came from. */
export type Origin = "default" | "file" | "environment" | "option";

/** One value, by the name that it has in the file. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** The settings, and where each came from. */
export interface Resolved {
  readonly settings: Settings;
  readonly list: readonly Setting[];
  /** What is wrong with the file or the environment; their values are then not used. */
  readonly problems: readonly string[];
}

/** Values by their dotted names, such as `windows.weekly.mode`. */
export type Values = Readonly<Record<string, unknown>>;

/** What applies where nobody said anything. */
export const DEFAULTS: Values = {
  ...Object.fromEntries(WINDOW_CLASSES.flatMap((name) => [
    [`windows.${name}.mode`, DEFAULT_POLICY.windows[name].mode],
    [`windows.${name}.thresholdPercent`, DEFAULT_POLICY.windows[name].thresholdPercent],
  ])),
  account: DEFAULT_POLICY.account,
  resetBufferSeconds: DEFAULT_POLICY.resetBufferSeconds,
  pace: DEFAULT_POLICY.pace,
  onUnknown: "open",
  onUnknownMaxSeconds: 300,
  maxHold: null,
  then: "release",
  notIntoNewWeek: false,
  maxHoldsPerDay: null,
  staggerSeconds: 2,
  holdTools: false,
  follow: true,
  cadence: "fixed",
  intervalSeconds: 60,
  maxStateAgeSeconds: 180,
  source: "auto",
};

/** The names that can also be set by an environment variable. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  "windows.fiveHour.thresholdPercent": "QUOTA_SENTRY_THRESHOLD_PERCENT",
  resetBufferSeconds: "QUOTA_SENTRY_RESET_BUFFER_SECONDS",
  intervalSeconds: "QUOTA_SENTRY_INTERVAL_SECONDS",
  maxStateAgeSeconds: "QUOTA_SENTRY_MAX_STATE_AGE_SECONDS",
  source: "QUOTA_SENTRY_SOURCE",
};

/** What each layer says; a later one wins. */
export interface Layers {
  readonly file?: ConfigFile;
  readonly environment?: Values;
  readonly options?: Values;
}

/** Puts the layers together. Pure. */
export function resolveSettings(layers: Layers, problems: readonly string[] = []): Resolved {
  const file = layers.file ? flatten(layers.file) : {};
  const order: [Origin, Values][] = [
    ["default", DEFAULTS],
    ["file", file],
    ["environment", layers.environment ?? {}],
    ["option", layers.options ?? {}],
  ];
  const values = new Map<string, Setting>();
  for (const [origin, layer] of order) {
    for (const [key, value] of Object.entries(layer)) {
      if (value !== undefined) values.set(key, { key, value, origin });
    }
  }
  const get = (key: string) => values.get(key)?.value;
  return { settings: toSettings(get, layers.file), list: [...values.values()], problems };
}

/** Values of environment variables, with what is wrong with them. */
export function environmentValues(
  env: (name: string) => string | undefined,
): { values: Values; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, name] of Object.entries(ENVIRONMENT)) {
    const text = env(name);
    if (text === undefined || text === "") continue;
    const value = key === "source" ? text : Number(text);
    const issue = issueWith(key, value);
    if (issue) problems.push(`${name}: ${issue}`);
    else values[key] = value;
  }
  return { values, problems };
}

/** What is wrong with one value, or undefined. */
export function issueWith(key: string, value: unknown): string | undefined {
  const nested = key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return ConfigFile.safeParse(nested).error?.issues[0]?.message;
}

/** Dotted names of all the leaves that are known; other keys of the user's are not settings. */
function flatten(file: ConfigFile): Values {
  const values: Record<string, unknown> = {};
  for (const key of Object.keys(DEFAULTS)) {
    const value = key.split(".").reduce<unknown>(
      (inner, name) => (inner as Record<string, unknown> | undefined)?.[name],
      file,
    );
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function toSettings(get: (key: string) => unknown, file: ConfigFile | undefined): Settings {
  const maxHold = get("maxHold");
  const windows = Object.fromEntries(WINDOW_CLASSES.map((name) => [name, {
    mode: get(`windows.${name}.mode`),
    thresholdPercent: get(`windows.${name}.thresholdPercent`),
  }])) as Policy["windows"];
  const extraById = Object.fromEntries(
    Object.entries(file?.extraById ?? {}).map(([id, own]) => [id, { ...windows.extra, ...own }]),
  );
  return {
    policy: {
      windows,
      extraById,
      account: get("account") as Policy["account"],
      resetBufferSeconds: get("resetBufferSeconds") as number,
      pace: get("pace") as boolean,
    },
    cadence: {
      kind: get("cadence") as Cadence["kind"],
      intervalSeconds: get("intervalSeconds") as number,
    },
    maxStateAgeSeconds: get("maxStateAgeSeconds") as number,
    source: get("source") as string,
    follow: get("follow") as boolean,
    bounds: {
      maxHoldSeconds: typeof maxHold === "string"
        ? parseDuration(maxHold) ?? null
        : maxHold as number | null,
      then: get("then") as HoldBounds["then"],
      notIntoNewWeek: get("notIntoNewWeek") as boolean,
      maxHoldsPerDay: get("maxHoldsPerDay") as number | null,
      staggerSeconds: get("staggerSeconds") as number,
      holdTools: get("holdTools") as boolean,
      onUnknown: get("onUnknown") as HoldBounds["onUnknown"],
      onUnknownMaxSeconds: get("onUnknownMaxSeconds") as number,
    },
  };
}
