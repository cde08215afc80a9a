import { SHARED } from "../config/shared.ts";
import { smallText } from "../files/small_text.ts";
import { type Account, type Credits, CREDITS_LEFT } from "../quota/account.ts";
import type { Block } from "../quota/block.ts";
import type { Sample } from "../quota/burn.ts";
import type { Known } from "../quota/doubt.ts";
import type { FollowMode } from "../quota/follower.ts";
import { classOf, isFiveHourWindow, type QuotaWindow, WINDOW_CLASSES } from "../quota/window.ts";
import { formatTimestamp, parseTimestamp } from "../text/timestamp.ts";
import {
  type Field,
  flag,
  list,
  MALFORMED,
  map,
  maybe,
  milliseconds,
  nullable,
  number,
  object,
  oneOf,
  optional,
  or,
  orNull,
  table,
  text,
} from "./fields.ts";

/** Version of the layout of `state.json`. Keys are only ever added. */
export const SCHEMA_VERSION = 1;

/** The latest decision, as far as guards need it. Times are UTC. */
export interface QuotaState {
  readonly status: "open" | "blocked" | "unknown";
  /** One sentence for the user. */
  readonly reason: string;
  /** Percent used of the window that was decided on. */
  readonly usedPercent: number | null;
  readonly windowMinutes: number | null;
  readonly resetsAt: Date | null;
  /** When a blocked window opens: its reset plus the buffer. Null unless blocked. */
  readonly blockedUntil: Date | null;
  /** Length of the window whose reset ends the block; null unless blocked, or where it is not known. */
  readonly blockMinutes: number | null;
  /** When the reading began. */
  readonly updatedAt: Date;
  /** The same to the millisecond, where that was written down. */
  readonly readAt: Date;
  readonly guard: GuardRules;
  /**
   * When what was held on was dropped with no reading that says so, as for another account: who has waited
   * since before is let go.
   */
  readonly droppedAt: Date | undefined;
}

/** What the user's settings ask of a guard; whoever writes the state puts them there. */
export interface GuardRules {
  readonly maxStateAgeSeconds: number;
  /** The longest hold; null for none. */
  readonly maxHoldSeconds: number | null;
  /** What comes when a bound on holds is reached. */
  readonly then: "release" | "deny";
  /** No hold is to last until this instant or longer: the weekly reset, where the user said so. */
  readonly notBeyond: Date | null;
  /** The user's number of holds a day is used up. */
  readonly noMoreHolds: boolean;
  /** Agents that were held together start again this far apart. */
  readonly staggerSeconds: number;
  /** From which percentage on the classes of windows hold that may. */
  readonly holdAt: Readonly<Record<string, number>>;
  /** Tool calls are held also where the model's requests are. */
  readonly holdTools: boolean;
  /** How long to wait while the quota is unknown; 0 is not at all. */
  readonly unknownHoldSeconds: number;
}

/** The rules that apply where a state says nothing of them. */
export const DEFAULT_GUARD_RULES: GuardRules = {
  maxStateAgeSeconds: SHARED.maxStateAgeSeconds.default,
  maxHoldSeconds: null,
  then: "release",
  notBeyond: null,
  noMoreHolds: false,
  staggerSeconds: 0,
  holdAt: {},
  holdTools: false,
  unknownHoldSeconds: 0,
};

/** All that `state.json` holds: the decision, what it was made of, and what the next one has to know. */
export interface State extends QuotaState {
  /** Name of the source that was read last. */
  readonly source: string | undefined;
  /** What the user may want to know beside the decision. */
  readonly advice: readonly string[];
  /** Those of the last reading; none where it failed. */
  readonly windows: readonly QuotaWindow[];
  readonly account: Account | null;
  readonly plan: string | null;
  /** Credits in a word or two. */
  readonly credits: string | null;
  /** Percent of the 5-hour window per second, when it was last measured. */
  readonly burn: number | undefined;
  /** The value of the 5-hour window that the burn is measured from. */
  readonly sample: Sample | undefined;
  /** The block that is on. */
  readonly block: Block | undefined;
  /** When the holds of the last day began. */
  readonly holds: readonly Date[];
  /** How the daemon follows sessions. */
  readonly following: FollowMode | undefined;
  /** The last reading that had windows, and when that was. */
  readonly known: Known | undefined;
  /** When what was known was forgotten, since another account was signed in. */
  readonly forgottenAt: Date | undefined;
}

/** A time to wait for: one that is written is never early. */
const time = map<Date, string>(
  text,
  (value) => parseTimestamp(value) ?? MALFORMED,
  formatTimestamp,
);

/** A time that something is as old as: one that is written is never late. */
const timeBefore: Field<Date> = {
  ...time,
  write: (date) => formatTimestamp(new Date(Math.floor(date.getTime() / 1000) * 1000)),
};

const rules = object<GuardRules>({
  maxStateAgeSeconds: or(number, DEFAULT_GUARD_RULES.maxStateAgeSeconds),
  maxHoldSeconds: orNull(number),
  then: or(oneOf("release", "deny"), "release"),
  notBeyond: orNull(time),
  noMoreHolds: or(flag, false),
  staggerSeconds: or(number, DEFAULT_GUARD_RULES.staggerSeconds),
  holdAt: or(table(number), {}),
  holdTools: or(flag, false),
  unknownHoldSeconds: or(number, DEFAULT_GUARD_RULES.unknownHoldSeconds),
});

const window = object<QuotaWindow>({
  id: text,
  usedPercent: number,
  windowMinutes: nullable(number),
  resetsAt: nullable(time),
  extra: flag,
});

const windows: Field<readonly QuotaWindow[]> = list({
  ...window,
  write: (each) => ({ ...Object(window.write(each)), class: classOf(each) }),
});

const STATE = object<State>({
  status: oneOf("open", "blocked", "unknown"),
  reason: or(text, ""),
  usedPercent: orNull(number),
  windowMinutes: orNull(number),
  resetsAt: orNull(time),
  blockedUntil: orNull(time),
  blockMinutes: orNull(number),
  updatedAt: timeBefore,
  readAt: or(milliseconds, new Date(NaN)),
  guard: or(rules, DEFAULT_GUARD_RULES),
  droppedAt: maybe(milliseconds),
  source: maybe(text),
  advice: or(list(text), []),
  windows: or(windows, []),
  account: orNull(object<Account>({
    reachedType: nullable(text),
    spendControlReached: flag,
    usageAllowed: optional(flag),
  })),
  plan: orNull(text),
  credits: orNull(text),
  burn: maybe(perHour()),
  sample: maybe(object<Sample>({
    usedPercent: number,
    resetsAt: nullable(time),
    at: milliseconds,
  }, { at: "atMs" })),
  block: maybe(object<Block>({
    what: oneOf(...WINDOW_CLASSES, "account"),
    windowId: nullable(text),
    windowMinutes: orNull(number),
    resetsAt: nullable(time),
    blockedUntil: time,
    source: text,
    since: timeBefore,
    reason: text,
  })),
  holds: or(list(timeBefore), []),
  following: maybe(oneOf("events", "looking", "off")),
  known: maybe(object<Known>({
    source: text,
    plan: optional(text),
    credits: optional(object<Credits>({
      left: oneOf(...CREDITS_LEFT),
      balance: optional(text),
      toldAt: optional(milliseconds),
      plan: optional(text),
    }, { toldAt: "toldAtMs" })),
    windows,
    at: milliseconds,
  }, { at: "atMs" })),
  forgottenAt: maybe(milliseconds),
}, {
  readAt: "readAtMs",
  droppedAt: "droppedAtMs",
  forgottenAt: "forgottenAtMs",
  burn: "burnPercentPerHour",
  block: "hold",
});

/** To a tenth of a percent. */
function perHour(): Field<number> {
  return map(number, (perHour) => perHour / 3600, (burn) => Math.round(burn * 36_000) / 10);
}

/**
 * Reads `state.json`. Lenient: unknown keys are ignored and optional ones may be missing or malformed.
 * It is on the hooks' hot path, hence synchronous. Needs read permission.
 *
 * @returns undefined when there is no file, or none that can be understood.
 */
export function readState(path: string): State | undefined {
  const text = smallText(path);
  return text === undefined ? undefined : parseState(text);
}

/** Reads the text of a state file; see {@linkcode readState}. */
export function parseState(text: string): State | undefined {
  let state: State | typeof MALFORMED;
  try {
    state = STATE.read(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (state === MALFORMED) return undefined;
  // A block without an end cannot be held, so it is no block.
  const isBlocked = state.status === "blocked" && state.blockedUntil !== null;
  return {
    ...state,
    status: state.status === "blocked" && !isBlocked ? "unknown" : state.status,
    blockedUntil: isBlocked ? state.blockedUntil : null,
    blockMinutes: isBlocked ? state.blockMinutes ?? state.windowMinutes : null,
    // Not every version has written it down.
    readAt: Number.isNaN(state.readAt.getTime()) ? state.updatedAt : state.readAt,
  };
}

/** The text of a state file, which {@linkcode parseState} reads. */
export function formatState(state: State): string {
  const fiveHour = state.windows.find(isFiveHourWindow);
  const fields = {
    schemaVersion: SCHEMA_VERSION,
    ...Object(STATE.write(state)),
    // For other programs: what follows from the rest.
    failOpen: state.status === "unknown",
    fiveHour: fiveHour ? window.write(fiveHour) : null,
  };
  return JSON.stringify(fields, null, 2) + "\n";
}

/** True when the reading is at most `maxAgeSeconds` old and not from the future by more than that. */
export function isFresh(state: QuotaState, now: Date, maxAgeSeconds: number): boolean {
  return Math.abs(now.getTime() - state.updatedAt.getTime()) <= maxAgeSeconds * 1000;
}
