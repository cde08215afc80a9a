import { parseTimestamp } from "../quota/timestamp.ts";

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
  /** When the reading began. */
  readonly updatedAt: Date;
}

/**
 * Reads what the guard needs of `state.json`. Lenient: unknown keys are ignored and optional ones may
 * be missing or malformed. It is on the hooks' hot path, hence synchronous and without a schema
 * library. Needs read permission.
 *
 * @returns undefined when there is no file, or none that can be understood.
 */
export function readState(path: string): QuotaState | undefined {
  try {
    // Checked before opening: a FIFO would block, and a huge file would be read whole.
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > MAX_STATE_BYTES) return undefined;
    return parseState(Deno.readTextFileSync(path));
  } catch {
    return undefined;
  }
}

/** Reads the text of a state file; see {@linkcode readState}. */
export function parseState(text: string): QuotaState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const updatedAt = parseTimestamp(fields.updatedAt);
  if (updatedAt === undefined) return undefined;
  const blockedUntil = parseTimestamp(fields.blockedUntil) ?? null;
  const state = {
    reason: typeof fields.reason === "string" ? fields.reason : "",
    usedPercent: finiteOrNull(fields.usedPercent),
    windowMinutes: finiteOrNull(fields.windowMinutes),
    resetsAt: parseTimestamp(fields.resetsAt) ?? null,
    updatedAt,
  };
  switch (fields.status) {
    case "open":
      return { ...state, status: "open", blockedUntil: null };
    case "blocked":
      // A block without an end cannot be held, so it is no block.
      return { ...state, status: blockedUntil ? "blocked" : "unknown", blockedUntil };
    case "unknown":
      return { ...state, status: "unknown", blockedUntil: null };
    default:
      return undefined;
  }
}

/** True when the reading is at most `maxAgeSeconds` old and not from the future by more than that. */
export function isFresh(state: QuotaState, now: Date, maxAgeSeconds: number): boolean {
  return Math.abs(now.getTime() - state.updatedAt.getTime()) <= maxAgeSeconds * 1000;
}

function finiteOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
