import type { Cadence } from "../quota/cadence.ts";
import { DEFAULT_POLICY, type Policy } from "../quota/policy.ts";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { ConfigFile } from "./config_file.ts";
import { parseDuration } from "../text/duration.ts";
import { BOUNDS, type Bounds, numberWords, readNumber } from "./values.ts";

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
  /** Keys of the file that are no settings, and so do nothing. */
  readonly unknownKeys: readonly string[];
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
  credits: DEFAULT_POLICY.credits,
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
  const leaves = leavesOf(layers.file ?? {});
  const file = Object.fromEntries(
    leaves.flatMap(({ key, value, isSetting }) => isSetting ? [[key, value]] : []),
  );
  const unknownKeys = leaves.filter(({ key, isSetting }) => !isSetting && key !== "$schema")
    .map(({ key }) => key);
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
  return {
    settings: toSettings(get, layers.file),
    list: [...values.values()],
    problems,
    unknownKeys,
  };
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
    const value = key === "source" ? text : readNumber(text, boundsOf(key));
    if (value === undefined) {
      problems.push(`${name} takes ${numberWords(boundsOf(key))}, not "${text}"`);
    } else {
      values[key] = value;
    }
  }
  return { values, problems };
}

/** What a setting takes, where it does not take this value; undefined where it does. */
export function issueWith(key: string, value: unknown): string | undefined {
  const nested = pathOf(key).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return ConfigFile.safeParse(nested).error?.issues[0]?.message;
}

/** The id of an extra window may have dots in it. */
const BY_ID = /^extraById\.(.+)\.(mode|thresholdPercent)$/;

/** The way to a setting in the file, by its dotted name. */
export function pathOf(key: string): string[] {
  const [, id, name] = BY_ID.exec(key) ?? [];
  return id === undefined ? key.split(".") : ["extraById", id, name!];
}

/** True for the dotted name of a setting. */
export function isSetting(key: string): boolean {
  return Object.hasOwn(DEFAULTS, key) || BY_ID.test(key);
}

interface Leaf {
  /** Its dotted name. */
  readonly key: string;
  readonly value: unknown;
  readonly isSetting: boolean;
}

/** All that a file says, by dotted names. */
function leavesOf(value: unknown, path: readonly string[] = []): Leaf[] {
  const [top] = path;
  const depth = top === undefined || top === "windows" || top === "extraById" ? 3 : 1;
  if (path.length < depth && typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
  }
  const key = path.join(".");
  // A name with dots in it is not the way to a setting.
  return [{ key, value, isSetting: isSetting(key) && pathOf(key).length === path.length }];
}

function boundsOf(key: string): Bounds {
  return BOUNDS[key.split(".").at(-1) as keyof typeof BOUNDS];
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
      credits: get("credits") as Policy["credits"],
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
