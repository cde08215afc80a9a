import { parseTimestamp } from "../text/timestamp.ts";

/** What a guard or the hook script has said of a hold in the log. */
export type HoldLine =
  | {
    readonly kind: "hold";
    readonly at: Date;
    /** Of what waits. */
    readonly pid: number;
    readonly until: Date;
    readonly why: string;
  }
  | {
    readonly kind: "release";
    readonly at: Date;
    readonly pid: number;
    readonly seconds: number;
    /** What came of it: `let go: …`. */
    readonly why: string;
  };

const GUARD = /^(\S+) guard ([1-9]\d{0,9}): (.*)$/;
const BEGUN = /^held until (\S+): (.*)$/;
const ENDED = /^held for (\d+(?:\.\d+)?) s, (.*)$/;

/** Reads a line of the log; undefined for all others. Pure. */
export function parseHoldLine(line: string): HoldLine | undefined {
  const [, stamp, pid, text] = GUARD.exec(line) ?? [];
  const at = parseTimestamp(stamp);
  if (!at || text === undefined) return undefined;
  const [, ends, why] = BEGUN.exec(text) ?? [];
  const until = parseTimestamp(ends);
  if (until) return { kind: "hold", at, pid: Number(pid), until, why: why! };
  const [, seconds, outcome] = ENDED.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  return { kind: "release", at, pid: Number(pid), seconds: Number(seconds), why: outcome! };
}
