import { SHARED } from "../config/shared.ts";
import { parseTimestamp } from "../text/timestamp.ts";

/** Version of the layout of `state.json`. Keys are only ever added. */
export const SCHEMA_VERSION = 1;

/** A state file larger than this is not ours. */
const MAX_STATE_BYTES = 256 * 1024;

/** The latest decision, as guards and `status` read it. Times are UTC. */
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

/**
 * Reads what the guard needs of `state.json`. Lenient: unknown keys are ignored and optional ones may
 * be missing or malformed. It is on the hooks' hot path, hence synchronous and without a schema
 * library. Needs read permission.
 *
 * @returns undefined when there is no file, or none that can be understood.
 */
export function readState(path: string): QuotaState | undefined {
  const fields = readStateFields(path);
  return fields && parseStateFields(fields);
}

/** The fields of a state file, unchecked; undefined when there are none. */
export function readStateFields(path: string): Record<string, unknown> | undefined {
  try {
    // Checked before opening: a FIFO would block, and a huge file would be read whole.
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= MAX_STATE_BYTES ? fieldsOf(Deno.readTextFileSync(path)) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the text of a state file; see {@linkcode readState}. */
export function parseState(text: string): QuotaState | undefined {
  const fields = fieldsOf(text);
  return fields && parseStateFields(fields);
}

/** True when the reading is at most `maxAgeSeconds` old and not from the future by more than that. */
export function isFresh(state: QuotaState, now: Date, maxAgeSeconds: number): boolean {
  return Math.abs(now.getTime() - state.updatedAt.getTime()) <= maxAgeSeconds * 1000;
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Reads the fields of a state file; see {@linkcode readState}. */
export function parseStateFields(fields: Record<string, unknown>): QuotaState | undefined {
  const updatedAt = parseTimestamp(fields.updatedAt);
  if (updatedAt === undefined) return undefined;
  const blockedUntil = parseTimestamp(fields.blockedUntil) ?? null;
  const windowMinutes = numberOr(fields.windowMinutes, null);
  const state = {
    reason: typeof fields.reason === "string" ? fields.reason : "",
    usedPercent: numberOr(fields.usedPercent, null),
    windowMinutes,
    resetsAt: parseTimestamp(fields.resetsAt) ?? null,
    updatedAt,
    readAt: new Date(numberOr(fields.readAtMs, updatedAt.getTime())),
    guard: parseRules(recordOf(fields.guard) ?? {}),
  };
  switch (fields.status) {
    case "open":
      return { ...state, status: "open", blockedUntil: null, blockMinutes: null };
    case "blocked":
      // A block without an end cannot be held, so it is no block.
      return {
        ...state,
        status: blockedUntil ? "blocked" : "unknown",
        blockedUntil,
        blockMinutes: numberOr(fields.blockMinutes, windowMinutes),
      };
    case "unknown":
      return { ...state, status: "unknown", blockedUntil: null, blockMinutes: null };
    default:
      return undefined;
  }
}

function parseRules(fields: Record<string, unknown>): GuardRules {
  const standard = DEFAULT_GUARD_RULES;
  return {
    maxStateAgeSeconds: numberOr(fields.maxStateAgeSeconds, standard.maxStateAgeSeconds),
    maxHoldSeconds: numberOr(fields.maxHoldSeconds, null),
    then: fields.then === "deny" ? "deny" : "release",
    notBeyond: parseTimestamp(fields.notBeyond) ?? null,
    noMoreHolds: fields.noMoreHolds === true,
    holdAt: parseNumbers(recordOf(fields.holdAt) ?? {}),
    holdTools: fields.holdTools === true,
    staggerSeconds: numberOr(fields.staggerSeconds, standard.staggerSeconds),
    unknownHoldSeconds: numberOr(fields.unknownHoldSeconds, standard.unknownHoldSeconds),
  };
}

function parseNumbers(fields: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, number] =>
      numberOr(entry[1], null) !== null
    ),
  );
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function numberOr<T>(value: unknown, fallback: T): number | T {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : fallback;
}
