import { WINDOW_CLASSES, type WindowClass } from "../quota/window.ts";
import { SHARED } from "./shared.ts";
import { type Bounds, DAY_SECONDS, SOURCES } from "./values.ts";

/** What a setting takes. */
export type Takes =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "number" } & Bounds
  | { readonly kind: "yesNo" }
  /** Seconds or a text such as `1h30m`; null for none. */
  | { readonly kind: "duration" }
  /** A whole number; null for any. */
  | { readonly kind: "count" }
  /** One line of text, which is said to an agent. */
  | { readonly kind: "line" }
  /** The name of a source; one that this version does not know does not break the file. */
  | { readonly kind: "source"; readonly words: readonly string[] };

/** What a setting takes and does. */
export type Described = Takes & {
  readonly unit?: "s" | "%";
  /** One sentence, in the file's schema and in `config list --verbose`. */
  readonly help: string;
};

/** One setting. */
export type Row = Described & {
  /** What applies where nobody said anything. */
  readonly default: unknown;
  /** The option that says it too, and the variable of the environment. */
  readonly flag?: string;
  readonly variable?: string;
};

/** What each class of windows may do at first. */
const WINDOWS = {
  fiveHour: { mode: "hold", thresholdPercent: SHARED.thresholdPercent.default },
  shortTerm: { mode: "off", thresholdPercent: 95 },
  weekly: { mode: "advisory", thresholdPercent: 90 },
  longTerm: { mode: "off", thresholdPercent: 95 },
  extra: { mode: "off", thresholdPercent: 95 },
  unknown: { mode: "off", thresholdPercent: 95 },
} as const satisfies Readonly<Record<WindowClass, unknown>>;

const MODES = ["off", "advisory", "hold"] as const;

/** What is set of each class of windows, and of one window by its id; the default is the class's. */
export const OF_WINDOW = {
  mode: {
    kind: "words",
    words: MODES,
    help: "off; advisory: shown and warned of; hold: agents wait",
  },
  thresholdPercent: {
    kind: "number",
    above: SHARED.thresholdPercent.above,
    max: SHARED.thresholdPercent.max,
    unit: "%",
    help: "from this percentage on",
  },
} as const satisfies Readonly<Record<string, Described>>;

/** The settings beside those of windows, by their names in the file. Times in seconds. */
const GENERAL = {
  account: {
    kind: "words",
    words: MODES,
    default: "hold",
    help: "the backend's own word that a limit was reached",
  },
  credits: {
    kind: "words",
    words: ["hold", "spend"],
    default: "hold",
    help: "hold: agents wait though credits would pay for more; spend: they go on",
  },
  resetBufferSeconds: {
    kind: "number",
    ...SHARED.resetBufferSeconds,
    unit: "s",
    help: "agents wait this much longer than the reset",
  },
  pace: {
    kind: "yesNo",
    default: false,
    help: "hold already when the burn would fill the window before the next reading",
  },
  onUnknown: {
    kind: "words",
    words: ["open", "hold"],
    default: "open",
    help: "hold waits, with a bound, while the quota is unknown; it never denies",
  },
  onUnknownMaxSeconds: {
    kind: "number",
    min: 1,
    max: DAY_SECONDS,
    default: 300,
    unit: "s",
    help: "the longest wait for a quota that is unknown",
  },
  maxHold: {
    kind: "duration",
    default: null,
    help: "the longest hold, so that an unattended run ends some time; null for none",
  },
  then: {
    kind: "words",
    words: ["release", "deny"],
    default: "release",
    help: "at a bound on holds: release lets the call go on, deny denies it",
  },
  notIntoNewWeek: {
    kind: "yesNo",
    default: false,
    help: "a bound: agents do not wait for a new weekly window",
  },
  maxHoldsPerDay: {
    kind: "count",
    default: null,
    help: "a bound: agents wait this often in 24 hours; null for any number",
  },
  staggerSeconds: {
    kind: "number",
    min: 0,
    max: 600,
    default: 2,
    unit: "s",
    help: "agents that were held together start again this far apart",
  },
  holdTools: {
    kind: "yesNo",
    default: false,
    help: "tool calls wait also where requests do; without, they then go on",
  },
  revive: {
    kind: "words",
    words: ["off", "tell", "auto"],
    default: "tell",
    help: "sessions that died at the wall: tell, or have those in a terminal go on",
  },
  reviveMessage: {
    kind: "line",
    default: "Please go on where you stopped.",
    help: "what such a session is told",
  },
  follow: {
    kind: "yesNo",
    default: true,
    help: "take readings from what sessions are told, as it is written down",
  },
  cadence: {
    kind: "words",
    words: ["fixed", "adaptive"],
    default: "fixed",
    help: "fixed: every interval; adaptive: by the burn, from 15 s to 5 min",
  },
  intervalSeconds: {
    kind: "number",
    ...SHARED.intervalSeconds,
    unit: "s",
    help: "the time between two readings",
  },
  maxStateAgeSeconds: {
    kind: "number",
    ...SHARED.maxStateAgeSeconds,
    unit: "s",
    help: "an older state is stale",
  },
  source: {
    kind: "source",
    words: SOURCES,
    ...SHARED.source,
    help: "whom to ask; auto: codexbar, then the agent, then its sessions",
  },
} as const satisfies Readonly<Record<string, Row>>;

/** The name of a setting that is no window's. */
export type GeneralKey = keyof typeof GENERAL;

/** What the file, the environment or an option may say of it. */
export type GeneralValue<Key extends GeneralKey> = ValueOf<(typeof GENERAL)[Key]>;

/** The values of a setting that takes this. */
export type ValueOf<R extends Takes> = R extends { kind: "words"; words: readonly (infer Word)[] }
  ? Word
  : R extends { kind: "yesNo" } ? boolean
  : R extends { kind: "number" } ? number
  : R extends { kind: "count" } ? number | null
  : R extends { kind: "duration" } ? number | string | null
  : string;

/** All settings by their dotted names, in the order in which they are shown. */
export const SETTINGS: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(WINDOW_CLASSES.flatMap((name) => [
    [`windows.${name}.mode`, { ...OF_WINDOW.mode, default: WINDOWS[name].mode }],
    [`windows.${name}.thresholdPercent`, {
      ...OF_WINDOW.thresholdPercent,
      default: WINDOWS[name].thresholdPercent,
    }],
  ])),
  [SHARED.thresholdPercent.key]: {
    ...OF_WINDOW.thresholdPercent,
    ...SHARED.thresholdPercent,
    help: "hold from this share of the 5-hour window on",
  },
  ...GENERAL,
};

/** True for what may be said to an agent: what begins with a slash is a command there. */
export function isLine(text: string): boolean {
  return /^[^\p{Cc}\p{Zl}\p{Zp}]{1,1000}$/u.test(text) && /^[^\s/!-]/.test(text);
}

/** The default, with its unit. */
export function defaultWords(row: Row): string {
  return row.unit === undefined ? String(row.default) : `${row.default} ${row.unit}`;
}

/** What a setting takes, as in `a number from 1 to 86400`. */
export function takesWords(takes: Takes): string {
  switch (takes.kind) {
    case "words":
    case "source":
      return wordList(takes.words);
    case "number":
      return numberWords(takes);
    case "yesNo":
      return "true or false";
    case "duration":
      return 'seconds, a duration such as "90s", "1h30m" or "2d", or null for none';
    case "line":
      return "a line of at most 1000 characters that begins with none of / ! -";
    case "count":
      return "a whole number from 0 on, or null for any number";
  }
}

/** What a number may be, as in `a number from 1 to 86400`. */
export function numberWords({ above, min, max }: Bounds): string {
  return `a number ${
    above === undefined ? `from ${min ?? 0} to` : `above ${above} and up to`
  } ${max}`;
}

function wordList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
