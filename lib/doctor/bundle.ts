import { SETTINGS } from "../config/table.ts";
import type { Resolved, Setting } from "../config/settings.ts";
import type { HookCall, HookReport } from "../harness/harness.ts";
import type { PastEvent } from "../history/past.ts";
import type { Revival } from "../state/revivals.ts";
import type { State } from "../state/state.ts";
import type { Waiting } from "../state/waiting.ts";
import type { Check } from "./check.ts";
import type { FileFact } from "./files_in.ts";
import type { Redaction } from "./redaction.ts";

/** What a bug report is made of, as it is on this machine. */
export interface Findings {
  readonly now: Date;
  /** What `version --json` tells. */
  readonly program: Readonly<Record<string, unknown>>;
  readonly system: Readonly<Record<string, string>>;
  readonly paths: Readonly<Record<"program" | "state" | "home" | "hooksFile", string | undefined>>;
  /** Names of our variables that are set. */
  readonly variables: readonly string[];
  readonly resolved: Resolved;
  readonly checks: readonly Check[];
  readonly state: State | undefined;
  /** The gate's own words, and until when it may be believed. */
  readonly gate: { readonly text: string; readonly until: Date | null } | undefined;
  readonly pausedUntil: Date | undefined;
  readonly daemon: {
    readonly pid: number | undefined;
    readonly build: string | undefined;
    readonly sees: readonly string[];
  } | undefined;
  readonly waiting: readonly Waiting[];
  readonly revivals: readonly Revival[];
  readonly files: Readonly<Record<"state" | "history", readonly FileFact[]>>;
  readonly hooks: HookReport;
  readonly calls: readonly HookCall[];
  /** How many hooks there are for each event, others' included. */
  readonly hooksPerEvent: Readonly<Record<string, number>>;
  /** The last lines of the log, and the last events. */
  readonly log: readonly string[];
  readonly events: readonly PastEvent[];
  /** Those of these that could not be read. */
  readonly unreadable: readonly string[];
}

/** Version of the bundle's layout. Keys are only ever added. */
const SCHEMA_VERSION = 1;

const NOTE =
  "Written by quota-sentry doctor --bundle for a bug report. Look at it before you send " +
  "it. Left out: accounts, prompts, what sessions say, values of the environment, and names of users " +
  "and machines. (1), (2) stand for names, the same one for the same name; in texts … stands for what " +
  "is not this program's own.";

/** What a bug report needs, without what is the user's. Pure. */
export function bundleOf(findings: Findings, redaction: Redaction): Record<string, unknown> {
  const { paths, resolved, checks, state, gate, hooks } = findings;
  const text = (value: string | null | undefined) => value == null ? null : redaction.text(value);
  const path = (value: string | undefined) => value === undefined ? null : redaction.path(value);
  return {
    schemaVersion: SCHEMA_VERSION,
    note: NOTE,
    writtenAt: findings.now,
    program: findings.program,
    system: findings.system,
    paths: Object.fromEntries(Object.entries(paths).map(([name, value]) => [name, path(value)])),
    variables: findings.variables,
    settings: {
      changed: resolved.list.filter(({ origin }) => origin !== "default")
        .map((setting) => settingOf(setting, redaction)),
      problems: resolved.problems.map(text),
      unknownKeys: resolved.unknownKeys.length,
    },
    checks: checks.map((check) => ({ ...check, text: text(check.text), todo: text(check.todo) })),
    state: state && stateOf(state, redaction),
    gate: gate && { text: text(gate.text), until: gate.until },
    pausedUntil: findings.pausedUntil,
    daemon: findings.daemon ?? "does not run",
    waiting: findings.waiting.map(({ session, directory, ...known }) => ({
      ...known,
      session: session === undefined ? null : redaction.name(session),
      directory: path(directory),
    })),
    revivals: findings.revivals.map((
      { session, diedAt, resetsAt, begunAt, tries, outcome, why },
    ) => ({
      session: redaction.name(session),
      diedAt,
      resetsAt,
      begunAt,
      tries,
      outcome,
      why: text(why),
    })),
    files: Object.fromEntries(
      Object.entries(findings.files).map(([of, facts]) => [
        of,
        facts.map(({ name, ...fact }) => ({
          name: name === "." ? "." : redaction.path(name),
          ...fact,
        })),
      ]),
    ),
    hooks: {
      ...hooksOf(hooks, redaction),
      perEvent: Object.entries(findings.hooksPerEvent).map(([event, count]) => ({
        event: text(event),
        count,
      })),
      calls: findings.calls.map(({ event, called, program, args, stateDirectory }) => ({
        event: text(event),
        called: path(called),
        program: path(program),
        arguments: args.map(text),
        stateDirectory: path(stateDirectory),
      })),
    },
    unreadable: findings.unreadable,
    log: findings.log.map((line) => redaction.text(line)),
    events: findings.events.map((event) => eventOf(event, redaction)),
  };
}

/** A number, or a word that the table knows, as it is; of what the user has written, how long it is. */
function settingOf({ key, value, origin, home }: Setting, redaction: Redaction): unknown {
  const isFree = typeof value === "string" && SETTINGS[key]?.kind === "line";
  const shown = isFree
    ? `a text of ${value.length} characters`
    : typeof value === "string"
    ? redaction.text(value)
    : typeof value === "object" && value !== null
    ? "…"
    : value;
  return { key: redaction.text(key), value: shown, origin, isOfOneHome: home !== undefined };
}

/** All of it but who pays, and for what. */
function stateOf(state: State, redaction: Redaction): unknown {
  const { plan: _, credits: _credits, known: _known, account, windows, ...rest } = state;
  return {
    ...rest,
    reason: redaction.text(state.reason),
    source: state.source === undefined ? null : redaction.text(state.source),
    advice: state.advice.map((each) => redaction.text(each)),
    account: account && {
      ...account,
      reachedType: account.reachedType === null ? null : redaction.text(account.reachedType),
    },
    windows: windows.map((window) => ({ ...window, id: redaction.text(window.id) })),
  };
}

function hooksOf(report: HookReport, redaction: Redaction): Record<string, unknown> {
  if (report.kind === "failed") return { problem: redaction.text(report.message) };
  const { version, problem, limit, missing, hooks } = report;
  return {
    version: version === undefined ? null : redaction.text(version),
    problem: problem === undefined ? null : redaction.text(problem),
    limit: limit === undefined ? null : redaction.text(limit),
    missing,
    installed: hooks.map(({ event, standing, isAsWritten }) => ({
      event: redaction.text(event),
      standing,
      isAsWritten,
    })),
  };
}

function eventOf({ at, kind, fields }: PastEvent, redaction: Redaction): unknown {
  const shown = (key: string, value: string | number | null) => {
    if (typeof value !== "string") return value;
    if (key === "session") return redaction.name(value);
    return key === "directory" ? redaction.path(value) : redaction.text(value);
  };
  return {
    at,
    kind,
    ...Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, shown(key, value)]),
    ),
  };
}
