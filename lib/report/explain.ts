import { configPath } from "../config/load.ts";
import type { Setting } from "../config/settings.ts";
import { SETTINGS } from "../config/table.ts";
import { classOf } from "../quota/window.ts";
import type { Waiting } from "../state/waiting.ts";
import { pad } from "../terminal/fit.ts";
import type { Output } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { forUser } from "../text/for_user.ts";
import { withoutHome } from "../text/without_home.ts";
import type { Report, WindowReport } from "./report.ts";
import { ageWords, forecastWords, timeAndDistance } from "./words.ts";

/** One part of an explanation: what it is about, and its sentences. */
export type Part = readonly [label: string, sentences: readonly string[]];

/**
 * Why agents are held, or are not: the reading, the settings behind what was decided and where each
 * comes from, what decided, and what would change it. The decision is the report's; nothing is decided
 * here. Pure but for where the settings' file is.
 *
 * @param held A session that is held, to be told of; undefined for all.
 */
export function explanationOf(report: Report, held: Waiting | undefined): readonly Part[] {
  const decided = decidedBy(report);
  return [
    ["", [summaryOf(report, held)]],
    ["reading", readingOf(report, decided.window)],
    ["setting", decided.keys.flatMap((key) => settingWords(report, key))],
    ["rule", [decided.rule]],
    ["change", decided.change],
    ["note", [...notes(report, decided.window), ...report.unprotected.map(unprotected)]],
  ];
}

/** An explanation in lines. */
export function explanationLines(parts: readonly Part[], output: Output): string[] {
  const indent = " ".repeat(9);
  return parts.flatMap(([label, sentences]) =>
    sentences.flatMap((sentence, index) => {
      const text = `${label === "" ? "" : pad(index === 0 ? label : "", 9)}${sentence}`;
      return laidOut(text, output, indent);
    })
  );
}

/** Version of the JSON that `explain` prints. Keys are only ever added. */
const SCHEMA_VERSION = 1;

/** What `explain --json` prints: the same sentences, by what they are about. */
export interface ExplanationsJson {
  readonly schemaVersion: number;
  readonly home: string | undefined;
  readonly explanations: readonly {
    /** Null where it is for all. */
    readonly session: string | null;
    readonly pid: number | null;
    readonly summary: string;
    readonly reading: readonly string[];
    readonly settings: readonly string[];
    readonly rule: readonly string[];
    readonly change: readonly string[];
    readonly notes: readonly string[];
  }[];
}

/**
 * Explains for programs.
 *
 * @param held The sessions to be told of; undefined in the place of one for all.
 */
export function explanationsJson(
  report: Report,
  held: readonly (Waiting | undefined)[],
): ExplanationsJson {
  return {
    schemaVersion: SCHEMA_VERSION,
    home: report.home,
    explanations: held.map((each) => {
      const parts = explanationOf(report, each);
      const sentences = (wanted: string) =>
        parts.flatMap(([label, all]) => label === wanted ? all : []);
      return {
        session: each?.session ?? null,
        pid: each?.pid ?? null,
        summary: sentences("").join(" "),
        reading: sentences("reading"),
        settings: sentences("setting"),
        rule: sentences("rule"),
        change: sentences("change"),
        notes: sentences("note"),
      };
    }),
  };
}

/** What decided, and what it was decided by. */
interface Decided {
  /** In a sentence. */
  readonly rule: string;
  /** The window that counted. */
  readonly window: WindowReport | undefined;
  /** Names of the settings that counted. */
  readonly keys: readonly string[];
  /** What would change it. */
  readonly change: readonly string[];
}

function summaryOf(
  { now, until, status, reason, isBypassed, pausedUntil }: Report,
  held: Waiting | undefined,
): string {
  if (held) {
    const { session, directory, pid, since } = held;
    const who = session === undefined ? `pid ${pid}` : `session ${forUser(session)}`;
    const where = directory === undefined ? "" : ` in ${forUser(withoutHome(directory))}`;
    return `${who}${where} is held since ${timeAndDistance(since, now)}: ${reason}`;
  }
  if (pausedUntil) {
    return `agents go on until ${
      timeAndDistance(pausedUntil, now)
    }, by a pause: ${status}: ${reason}`;
  }
  if (until && isBypassed) {
    return "agents whose hooks have QUOTA_SENTRY_DISABLE go on; others are held until " +
      `${timeAndDistance(until, now)}: ${reason}`;
  }
  if (until) return `agents are held until ${timeAndDistance(until, now)}: ${reason}`;
  return `agents go on: ${status}: ${reason}`;
}

function readingOf(report: Report, window: WindowReport | undefined): string[] {
  const { state, standing } = report;
  if (!state) return [];
  const source = state.source ? ` from ${forUser(state.source)}` : "";
  const what = window
    ? `${window.window.usedPercent}% of the ${window.name}`
    : forUser(standing?.lastKnown?.reason ?? state.reason);
  return [`${what}, ${ageWords(report)}${source}`];
}

function decidedBy(report: Report): Decided {
  const { standing, status, pausedUntil, isBypassed, until, now, block, windows, reason } = report;
  const window = decidedWindow(report);
  const ofWindow = window ? windowKeys(report, window) : [];
  if (pausedUntil) {
    return {
      rule: "a pause lets everything pass, whatever the quota is",
      window,
      keys: [],
      change: [`its end at ${timeAndDistance(pausedUntil, now)}; quota-sentry resume`],
    };
  }
  if (isBypassed) {
    return {
      rule: "QUOTA_SENTRY_DISABLE lets everything pass whose hooks have it",
      window,
      keys: [],
      change: ["unset QUOTA_SENTRY_DISABLE, and restart the agent"],
    };
  }
  if (status === "unknown") {
    return {
      rule: until
        ? "an unknown quota holds for some time, as onUnknown says"
        : "an unknown quota stops nobody",
      window,
      keys: [...(standing?.isStale ? ["maxStateAgeSeconds"] : []), "onUnknown"],
      change: [
        "the next reading",
        ...(report.daemon.isRunning ? [] : ["quota-sentry start, which reads it every minute"]),
      ],
    };
  }
  if (standing?.despite !== undefined) {
    return {
      rule: forUser(standing.despite),
      window,
      keys: [...ofWindow, ...keysIn(standing.despite)],
      change: ["a change of that bound, or the reset"],
    };
  }
  if (status === "blocked") {
    const reset = block?.resetsAt
      ? `the reset at ${timeAndDistance(block.resetsAt, now)}`
      : "the reset";
    const raise = window
      ? [
        `a threshold above ${window.window.usedPercent}%: quota-sentry config set ${ofWindow[1]} N`,
      ]
      : [];
    return {
      rule: forUser(block?.reason ?? reason),
      window,
      keys: [
        ...(block?.what === "account" ? ["account"] : ofWindow),
        "resetBufferSeconds",
        ...keysIn(reason),
      ],
      change: [
        `${reset}, and the buffer after it`,
        ...raise,
        "quota-sentry release lets one go now, quota-sentry pause lets all pass",
      ],
    };
  }
  const ahead = windows.flatMap((each) => {
    const words = forecastWords(each, now);
    return each.mode === "hold" && words !== undefined ? [`${each.name}: ${words}`] : [];
  });
  const distance = window && window.mode === "hold"
    ? [`it holds from ${window.thresholdPercent}% of the ${window.name} on`]
    : [];
  return {
    rule: "no window that holds has met its threshold",
    window,
    keys: [...ofWindow, ...keysIn(reason)],
    change: [...distance, ...ahead],
  };
}

/** The window that the block is on, or else the one that was decided on. */
function decidedWindow({ block, windows, state }: Report): WindowReport | undefined {
  if (block?.what === "account") return undefined;
  return windows.find(({ window }) =>
    block
      ? classOf(window) === block.what && (!window.extra || window.id === block.windowId)
      : window.windowMinutes === state?.windowMinutes && window.usedPercent === state?.usedPercent
  );
}

/** The names of the settings that a window goes by: its mode and its threshold. */
function windowKeys({ resolved }: Report, { window }: WindowReport): string[] {
  const own = `extraById.${window.id}`;
  const isNamed = window.extra && resolved.list.some(({ key }) => key.startsWith(`${own}.`));
  const prefix = isNamed ? own : `windows.${classOf(window)}`;
  return [`${prefix}.mode`, `${prefix}.thresholdPercent`];
}

/** The settings that a sentence names, as in "(credits: hold)". */
function keysIn(sentence: string): string[] {
  return [...sentence.matchAll(/\((\w+)(?:: \w+)?\)/g)].map(([, key]) => key!).filter((key) =>
    Object.hasOwn(SETTINGS, key)
  );
}

function settingWords({ resolved }: Report, key: string): string[] {
  const setting = resolved.list.find((each) => each.key === key);
  return setting ? [`${key} = ${JSON.stringify(setting.value)} (${originWords(setting)})`] : [];
}

/** Where a value comes from, so that it can be found. */
function originWords({ key, origin, home }: Setting): string {
  const row = SETTINGS[key];
  switch (origin) {
    case "default":
      return "the default";
    case "environment":
      return `from ${row?.variable ?? "the environment"}`;
    case "option":
      return `from --${row?.flag ?? "an option"}, here or of the hooks`;
    case "file": {
      const path = configPath();
      const section = home === undefined ? "" : `, for ${home}`;
      return `from ${path === undefined ? "the file" : forUser(withoutHome(path))}${section}`;
    }
  }
}

/** The state says by which threshold it was written: a daemon may have been told another one. */
function notes({ state }: Report, window: WindowReport | undefined): string[] {
  const inForce = window && !window.window.extra
    ? state?.guard.holdAt[classOf(window.window)]
    : undefined;
  return inForce === undefined || inForce === window!.thresholdPercent
    ? []
    : [`what wrote the state holds at ${inForce}%: its settings are others than those here`];
}

function unprotected(why: string): string {
  return `not protected: ${why}`;
}
