import type { Values } from "../config/settings.ts";
import { SHARED, SHARED_NAMES, type SharedName, type SharedOptions } from "../config/shared.ts";
import { defaultWords, SETTINGS } from "../config/table.ts";
import { DAY_SECONDS, isName } from "../config/values.ts";
import { type GuardedStep, isGuardedStep } from "../guard/arguments.ts";
import { HARNESS_IDS } from "../harness/callers.ts";
import { MOST_SPEED, USUAL_SPEED } from "../simulation/names.ts";
import { parseDuration } from "../text/duration.ts";
import { parseTimestamp } from "../text/timestamp.ts";

/** The options that were given, with their values; what was not is left to the user's settings. Times in seconds. */
export interface Options extends SharedOptions {
  stateDir?: string;
  provider?: string;
  home?: string;
  unlessFresherThan?: number;
  on?: GuardedStep;
  stateOnly?: boolean;
  startDaemon?: boolean;
  verbose?: boolean;
  noNotify?: boolean;
  quiet?: boolean;
  hooksPath?: string;
  scriptPath?: string;
  for?: string;
  until?: string;
  direct?: boolean;
  json?: boolean;
  short?: boolean;
  long?: boolean;
  fix?: boolean;
  purge?: boolean;
  coverage?: boolean;
  bundle?: string;
  exitCode?: boolean;
  all?: boolean;
  allHeld?: boolean;
  allSessions?: boolean;
  list?: boolean;
  speed?: number;
  replay?: string;
  set?: readonly string[];
  message?: string;
  run?: boolean;
  maxWait?: string;
  need?: number;
  window?: string;
  after?: string;
  session?: string;
  file?: string;
  since?: number;
  sinceTime?: string;
  follow?: boolean;
  last?: string;
  csv?: boolean;
  html?: string;
  claim?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  showOnly?: boolean;
}

/** One option of the command line. */
export interface OptionSpec {
  /** As it is written, without the dashes. */
  readonly flag: string;
  readonly key: keyof Options;
  /** `texts` may be given several times. */
  readonly value: "switch" | "text" | "texts" | "number";
  /** The name of the value in the help. */
  readonly placeholder?: string;
  /** Bounds of a number: more than `above`, at least `min`, at most `max`. */
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
  /** What a text must be, and how that is said. */
  readonly check?: (text: string) => boolean;
  readonly takes?: string;
  /** Values that are known beforehand; for completion. */
  readonly values?: readonly string[];
  readonly help: string;
  /** Left out of the help: for our own processes. */
  readonly hidden?: boolean;
}

const NAME = { check: isName, takes: "a name" } as const;

/** In the place of a time to wait: not at all. */
export const NO_WAIT = "0";

/** The options that are no settings. */
const OWN = {
  "state-dir": {
    flag: "state-dir",
    key: "stateDir",
    value: "text",
    placeholder: "DIR",
    help: "where the state is (default: ~/.cache/quota-sentry)",
  },
  provider: {
    flag: "provider",
    key: "provider",
    value: "text",
    placeholder: "NAME",
    ...NAME,
    help: `whose quota: ${
      HARNESS_IDS.join(", ")
    } or another that codexbar knows, with its own state`,
  },
  home: {
    flag: "home",
    key: "home",
    value: "text",
    placeholder: "DIR",
    help: "which home (default: what the agent's own variable names, else its usual one)",
  },
  all: {
    flag: "all",
    key: "all",
    value: "switch",
    help: "every home that is known, not this one alone",
  },
  "state-only": {
    flag: "state-only",
    key: "stateOnly",
    value: "switch",
    help: "never read the quota, use the state as it is",
  },
  on: {
    flag: "on",
    key: "on",
    value: "text",
    placeholder: "STEP",
    check: isGuardedStep,
    takes: "model, request, compact or tool",
    values: ["model", "request", "compact", "tool"],
    help: "what is about to be done, on the state as it is: model, request, compact or tool",
  },
  "start-daemon": {
    flag: "start-daemon",
    key: "startDaemon",
    value: "switch",
    help: "start the daemon if it does not run",
  },
  verbose: {
    flag: "verbose",
    key: "verbose",
    value: "switch",
    help: "say more: what was decided and why, or more of each setting",
  },
  "no-notify": {
    flag: "no-notify",
    key: "noNotify",
    value: "switch",
    help: "say nothing to the user when a hold begins",
  },
  quiet: {
    flag: "quiet",
    key: "quiet",
    value: "switch",
    help: "print nothing and exit 0 whatever happens, for hooks",
  },
  "unless-fresher-than": {
    flag: "unless-fresher-than",
    key: "unlessFresherThan",
    value: "number",
    placeholder: "N",
    min: 0,
    max: 7 * DAY_SECONDS,
    help: "read nothing if the state is at most this many seconds old",
  },
  "hooks-path": {
    flag: "hooks-path",
    key: "hooksPath",
    value: "text",
    placeholder: "FILE",
    help: "the hooks file (default: that of the home)",
  },
  "script-path": {
    flag: "script-path",
    key: "scriptPath",
    value: "text",
    placeholder: "FILE",
    help: "the program that the hooks call (default: this one)",
  },
  for: {
    flag: "for",
    key: "for",
    value: "text",
    placeholder: "TIME",
    help: "how long, such as 90s, 30m, 1h30m or 2d (default: 1h)",
  },
  until: {
    flag: "until",
    key: "until",
    value: "text",
    placeholder: "TIME",
    help: "until when: 18:30, or 2026-01-31T18:30:00Z",
  },
  direct: {
    flag: "direct",
    key: "direct",
    value: "switch",
    help: "let the hooks call the program itself, without a script in front of it",
  },
  json: {
    flag: "json",
    key: "json",
    value: "switch",
    help: "print JSON",
  },
  short: {
    flag: "short",
    key: "short",
    value: "switch",
    help: "print one line, as where the output is no terminal",
  },
  long: {
    flag: "long",
    key: "long",
    value: "switch",
    help: "print all of it, also where the output is no terminal",
  },
  fix: {
    flag: "fix",
    key: "fix",
    value: "switch",
    help: "repair what can be repaired safely, then look again",
  },
  purge: {
    flag: "purge",
    key: "purge",
    value: "switch",
    help: "remove settings, state and history too",
  },
  coverage: {
    flag: "coverage",
    key: "coverage",
    value: "switch",
    help: "show which requests are held, and try each hook",
  },
  bundle: {
    flag: "bundle",
    key: "bundle",
    value: "text",
    placeholder: "FILE",
    help: "write what a bug report needs to a new file; -: print it",
  },
  "all-held": {
    flag: "all",
    key: "allHeld",
    value: "switch",
    help: "every session that is held",
  },
  "all-sessions": {
    flag: "all",
    key: "allSessions",
    value: "switch",
    help: "every session that stopped at the wall",
  },
  list: {
    flag: "list",
    key: "list",
    value: "switch",
    help: "tell which there are, and do nothing",
  },
  speed: {
    flag: "speed",
    key: "speed",
    value: "number",
    placeholder: "N",
    min: 1,
    max: MOST_SPEED,
    help: `how much faster than real time the quota runs (default: ${USUAL_SPEED})`,
  },
  replay: {
    flag: "replay",
    key: "replay",
    value: "text",
    placeholder: "FILE",
    values: ["history"],
    help: "run the readings of a file, or of the history, through the settings",
  },
  set: {
    flag: "set",
    key: "set",
    value: "texts",
    placeholder: "KEY=VALUE",
    values: Object.keys(SETTINGS).map((key) => `${key}=`),
    check: (text) => /^[^=]+=./.test(text),
    takes: "a setting and its value, such as windows.weekly.mode=hold",
    help: "beside them, with this setting; may be given several times",
  },
  message: {
    flag: "message",
    key: "message",
    value: "text",
    placeholder: "TEXT",
    help: "what it is told (default: the setting reviveMessage)",
  },
  run: {
    flag: "run",
    key: "run",
    value: "switch",
    help: "go on with a run here, in its directory, in place of printing how",
  },
  "exit-code": {
    flag: "exit-code",
    key: "exitCode",
    value: "switch",
    help: "exit with 10 when agents wait, 11 when the quota is not known, 12 without protection",
  },
  "max-wait": {
    flag: "max-wait",
    key: "maxWait",
    value: "text",
    placeholder: "TIME",
    check: (text) => text === NO_WAIT || parseDuration(text) !== undefined,
    takes: "a time such as 90s, 30m, 1h30m or 2d, or 0",
    help: "the longest wait, such as 90s, 30m or 2h; 0 for none",
  },
  need: {
    flag: "need",
    key: "need",
    value: "number",
    placeholder: "PERCENT",
    above: 0,
    max: 100,
    help: "wait until so much is left of the main windows",
  },
  window: {
    flag: "window",
    key: "window",
    value: "text",
    placeholder: "NAME",
    check: (text) => /^\S.{0,79}$/.test(text),
    takes: "5h, weekly or the id of a window",
    help: "wait for this one alone: 5h, weekly or an id",
  },
  after: {
    flag: "after",
    key: "after",
    value: "text",
    check: (text) => parseTimestamp(text) !== undefined,
    takes: "an instant such as 2026-01-31T18:30:00Z",
    help: "wait until a source that was asked after this says that the quota is there",
    hidden: true,
  },
  session: {
    flag: "session",
    key: "session",
    value: "text",
    check: (text) => /^[\w-]{1,80}$/.test(text),
    takes: "the id of a session",
    help: "wait until the quota is confirmed with which this session died",
    hidden: true,
  },
  file: {
    flag: "file",
    key: "file",
    value: "text",
    help: "the files of the sessions that a run had open, one a line",
    hidden: true,
  },
  since: {
    flag: "since",
    key: "since",
    value: "number",
    min: 0,
    max: 1e12,
    help: "when the run began, in seconds since 1970",
    hidden: true,
  },
  "since-time": {
    flag: "since",
    key: "sinceTime",
    value: "text",
    placeholder: "TIME",
    help: "from then on: 90m, 2d, 18:30 or 2026-01-31T18:30:00Z",
  },
  follow: {
    flag: "follow",
    key: "follow",
    value: "switch",
    help: "go on with what happens from now on",
  },
  last: {
    flag: "last",
    key: "last",
    value: "text",
    placeholder: "TIME",
    check: (text) => parseDuration(text) !== undefined,
    takes: "a time such as 5h, 24h, 7d or 30d",
    help: "how far back: 5h, 24h, 7d, 30d",
  },
  csv: {
    flag: "csv",
    key: "csv",
    value: "switch",
    help: "print a line for each window of each reading",
  },
  html: {
    flag: "html",
    key: "html",
    value: "text",
    placeholder: "FILE",
    help: "write a page with a chart into this file",
  },
  claim: {
    flag: "claim",
    key: "claim",
    value: "switch",
    help: "the words are to be used now",
    hidden: true,
  },
  "dry-run": {
    flag: "dry-run",
    key: "dryRun",
    value: "switch",
    help: "the words, whether or not anything died",
    hidden: true,
  },
  yes: {
    flag: "yes",
    key: "yes",
    value: "switch",
    help: "ask nothing, and take what is usual",
  },
  "show-only": {
    flag: "dry-run",
    key: "showOnly",
    value: "switch",
    help: "tell what would be done, and do nothing",
  },
} as const satisfies Record<string, OptionSpec>;

/** The name of an option that is a setting. */
export type SettingOption = (typeof SHARED)[SharedName]["flag"];

/** The options that are settings. */
export const SETTING_OPTIONS: readonly SettingOption[] = SHARED_NAMES.map((name) =>
  SHARED[name].flag
);

const SETTING_SPECS = Object.fromEntries(
  SHARED_NAMES.map((name) => [SHARED[name].flag, settingSpec(name)]),
) as Readonly<Record<SettingOption, OptionSpec>>;

/** All options. */
const OPTIONS: Readonly<Record<keyof typeof OWN | SettingOption, OptionSpec>> = {
  ...OWN,
  ...SETTING_SPECS,
};

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** Their names. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Options by name, for code that goes through them all. */
export function optionSpec(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

/**
 * Writes options as arguments again, for a process of our own that is to have the same; those that were
 * not given are left out.
 */
export function toArguments(options: Options, names: readonly OptionName[]): string[] {
  return names.flatMap((name) => {
    const { flag, key, value } = optionSpec(name);
    const current = options[key];
    if (value === "switch") return current === true ? [`--${flag}`] : [];
    if (Array.isArray(current)) return current.map((each) => `--${flag}=${each}`);
    return current === undefined ? [] : [`--${flag}=${current}`];
  });
}

/** The options that are settings, with their names in the configuration file. */
export const SETTING_BY_OPTION: Readonly<Partial<Record<OptionName, string>>> = Object.fromEntries(
  SHARED_NAMES.map((name) => [SHARED[name].flag, SHARED[name].key]),
);

/** The values of those options, by their names in the configuration file. */
export function settingsOf(options: Options): Values {
  return Object.fromEntries(SHARED_NAMES.map((name) => [SHARED[name].key, options[name]]));
}

/** An option as the table of settings has it. */
function settingSpec(name: SharedName): OptionSpec {
  const { key, flag } = SHARED[name];
  const row = SETTINGS[key]!;
  const help = `${row.help} (default: ${defaultWords(row)})`;
  if (row.kind !== "number") {
    const values = "words" in row ? row.words : [];
    return { flag, key: name, value: "text", placeholder: "NAME", ...NAME, values, help };
  }
  const { above, min, max } = row;
  return { flag, key: name, value: "number", placeholder: "N", above, min, max, help };
}
