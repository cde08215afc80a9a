import { parseTimestamp } from "../text/timestamp.ts";
import { flag, list, MALFORMED, map, number, object, oneOf, optional, text } from "./fields.ts";
import type { StateDirectory } from "./state_directory.ts";

/**
 * A session that died at the wall, and what was done about it. It is written down before anything is
 * done: who is killed meanwhile leaves it begun, and nobody does it again.
 */
export interface Revival {
  /** The harness's id of the session, and of the turn that was cut off: one death. */
  readonly session: string;
  readonly turn: string;
  readonly diedAt: Date;
  /** When what was spent has reset, where that is known: it tells one window from the next. */
  readonly resetsAt?: Date;
  /** When it was first seen. */
  readonly seenAt: Date;
  /** What its directory's repository had checked out then, where it is one. */
  readonly checkedOut?: string;
  /** When bringing it back was begun. */
  readonly begunAt?: Date;
  /** How often it was begun. */
  readonly tries?: number;
  /** Its file, and the message that waits to begin its turn, where one does. */
  readonly file?: string;
  readonly sent?: { readonly id: string; readonly hasGoal: boolean };
  /** What came of that; undefined where it was cut off. */
  readonly outcome?: "done" | "not-done" | "pending";
  /** In words for the user. */
  readonly why?: string;
}

/** A file larger than this is none of ours. */
const MAX_BYTES = 4 * 1024 * 1024;

const SCHEMA_VERSION = 1;

/** To the millisecond: it tells one death from another. */
const instant = map<Date, string>(
  text,
  (value) => parseTimestamp(value) ?? MALFORMED,
  (date) => date.toISOString(),
);

const REVIVALS = list(object<Revival>({
  session: text,
  turn: text,
  diedAt: instant,
  resetsAt: optional(instant),
  seenAt: instant,
  checkedOut: optional(text),
  begunAt: optional(instant),
  tries: optional(number),
  file: optional(text),
  sent: optional(object<NonNullable<Revival["sent"]>>({ id: text, hasGoal: flag })),
  outcome: optional(oneOf("done", "not-done", "pending")),
  why: optional(text),
}));

/**
 * What was written down; empty where nothing was. Needs read permission.
 *
 * @throws When it is there and cannot be understood: then nothing is to be done, since it may have been.
 */
export function readRevivals(directory: StateDirectory): readonly Revival[] {
  const path = directory.file("revivals");
  try {
    const { isFile, size } = Deno.statSync(path);
    const text = isFile && size <= MAX_BYTES ? Deno.readTextFileSync(path) : "";
    const read = REVIVALS.read(JSON.parse(text)?.revivals);
    if (read !== MALFORMED) return read;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
  }
  throw new Error(`${path} cannot be understood, so no session is brought back; remove it`);
}

/** The text of the file. */
export function formatRevivals(revivals: readonly Revival[]): string {
  const fields = { schemaVersion: SCHEMA_VERSION, revivals: REVIVALS.write(revivals) };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** True for what is written of one and the same death. */
export function isOfDeath(
  revival: Pick<Revival, "session" | "turn">,
  death: Pick<Revival, "session" | "turn">,
): boolean {
  return revival.session === death.session && revival.turn === death.turn;
}
