import type { Cadence } from "../quota/cadence.ts";
import type { Policy, WindowPolicy } from "../quota/policy.ts";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { parseDuration } from "../text/duration.ts";
import { ConfigFile } from "./config_file.ts";
import { isHomeName } from "./homes.ts";
import { SHARED, SHARED_NAMES } from "./shared.ts";
import { type GeneralKey, type GeneralValue, numberWords, SETTINGS } from "./table.ts";
import { readNumber } from "./values.ts";

/** Everything that can be set, with its value. Times in seconds. */
export interface Settings {
  readonly policy: Policy;
  readonly cadence: Cadence;
  readonly maxStateAgeSeconds: number;
  readonly source: string;
  /** Readings are taken from session files as they are written. */
  readonly follow: boolean;
  /** What becomes of sessions that stopped at the wall, and what they are told. */
  readonly revive: "off" | "tell" | "auto";
  readonly reviveMessage: string;
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
  /** The home, as it is written, in whose section of the file it stands. */
  readonly home?: string;
}

/** A key of the file that is no setting, and so does nothing. */
export interface UnknownKey {
  readonly key: string;
  /** The home, as it is written, in whose section of the file it stands. */
  readonly home?: string;
}

/** The settings, and where each came from. */
export interface Resolved {
  readonly settings: Settings;
  readonly list: readonly Setting[];
  /** What is wrong with the file or the environment; their values are then not used. */
  readonly problems: readonly string[];
  readonly unknownKeys: readonly UnknownKey[];
}

/** Values by their dotted names, such as `windows.weekly.mode`. */
export type Values = Readonly<Record<string, unknown>>;

/** What each layer says; a later one wins. */
export interface Layers {
  readonly file?: ConfigFile;
  /** The sections of the file that count, as their homes are written; see `homes.ts`. */
  readonly homes?: readonly string[];
  readonly environment?: Values;
  readonly options?: Values;
}

/** Puts the layers together. Pure. */
export function resolveSettings(layers: Layers, problems: readonly string[] = []): Resolved {
  const { file = {}, homes = [], environment = {}, options = {} } = layers;
  const { homes: sections = {}, ...general } = file;
  const defaults = Object.entries(SETTINGS).map(([key, row]) => [key, row.default] as const);
  const list: Setting[] = [
    ...settingsIn(Object.fromEntries(defaults), "default"),
    ...settingsIn(fileValues(general), "file"),
    ...homes.flatMap((home) =>
      settingsIn(fileValues(sections[home]), "file").map((each) => ({ ...each, home }))
    ),
    ...settingsIn(environment, "environment"),
    ...settingsIn(options, "option"),
  ];
  const values = new Map(list.map((setting) => [setting.key, setting]));
  return {
    settings: toSettings((key) => values.get(key)?.value, [...values.keys()]),
    list: [...values.values()],
    problems,
    unknownKeys: [
      ...unknownKeysIn(general).filter((key) => key !== "$schema").map((key) => ({ key })),
      ...Object.entries(sections).flatMap(([home, section]) =>
        // A section that is no home's does nothing as a whole.
        (isHomeName(home) ? unknownKeysIn(section) : [""]).map((key) => ({ key, home }))
      ),
    ],
  };
}

/** Values of environment variables, with what is wrong with them. */
export function environmentValues(
  env: (name: string) => string | undefined,
): { values: Values; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const row of SHARED_NAMES.map((name) => SHARED[name])) {
    const text = env(row.variable);
    if (text === undefined || text === "") continue;
    const value = "max" in row ? readNumber(text, row) : text;
    if (value !== undefined) values[row.key] = value;
    else if ("max" in row) {
      problems.push(`${row.variable} takes ${numberWords(row)}, not "${text}"`);
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
  return Object.hasOwn(SETTINGS, key) || BY_ID.test(key);
}

interface Leaf {
  /** Its dotted name. */
  readonly key: string;
  readonly value: unknown;
  readonly isSetting: boolean;
}

function settingsIn(values: Values, origin: Origin): Setting[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value, origin }]
  );
}

/** What a file, or a section of it, sets. */
function fileValues(file: unknown): Values {
  return Object.fromEntries(
    leavesOf(file).flatMap(({ key, value, isSetting }) => isSetting ? [[key, value]] : []),
  );
}

function unknownKeysIn(file: unknown): string[] {
  return leavesOf(file).flatMap(({ key, isSetting }) => isSetting ? [] : [key]);
}

/** All that a file, or a section of it, says, by dotted names. */
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

function toSettings(value: (key: string) => unknown, keys: readonly string[]): Settings {
  // The schema and the parsers of options and variables have seen to it that each has its type.
  const get = <Key extends GeneralKey>(key: Key) => value(key) as GeneralValue<Key>;
  const maxHold = get("maxHold");
  const windows = Object.fromEntries(WINDOW_CLASSES.map((name) => [name, {
    mode: value(`windows.${name}.mode`),
    thresholdPercent: value(`windows.${name}.thresholdPercent`),
  }])) as Policy["windows"];
  const extraById = new Map<string, WindowPolicy>();
  for (const key of keys) {
    const [, id, name] = BY_ID.exec(key) ?? [];
    if (id === undefined) continue;
    extraById.set(id, { ...(extraById.get(id) ?? windows.extra), [name!]: value(key) });
  }
  return {
    policy: {
      windows,
      extraById: Object.fromEntries(extraById),
      account: get("account"),
      credits: get("credits"),
      resetBufferSeconds: get("resetBufferSeconds"),
      pace: get("pace"),
    },
    cadence: { kind: get("cadence"), intervalSeconds: get("intervalSeconds") },
    maxStateAgeSeconds: get("maxStateAgeSeconds"),
    source: get("source"),
    follow: get("follow"),
    revive: get("revive"),
    reviveMessage: get("reviveMessage"),
    bounds: {
      maxHoldSeconds: typeof maxHold === "string" ? parseDuration(maxHold) ?? null : maxHold,
      then: get("then"),
      notIntoNewWeek: get("notIntoNewWeek"),
      maxHoldsPerDay: get("maxHoldsPerDay"),
      staggerSeconds: get("staggerSeconds"),
      holdTools: get("holdTools"),
      onUnknown: get("onUnknown"),
      onUnknownMaxSeconds: get("onUnknownMaxSeconds"),
    },
  };
}
