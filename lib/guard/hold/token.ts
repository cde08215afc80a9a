import { sessionOf } from "../../state/queue.ts";
import type { Hold } from "./hold.ts";

/**
 * Told apart from those of other versions, whose holds are then judged anew. The hook script knows it
 * too: it notes the session, which comes last, in its place.
 */
const LAYOUT = "2";

/** The same, without a session. */
const EARLIER_LAYOUT = "1";

/**
 * A hold as one word: the hook script keeps it while no program of ours runs, and hands it back. Times
 * are in milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatHold, parseHold } from "./token.ts";
 *
 * const hold = {
 *   session: "019a-4711",
 *   begunAt: new Date(1_000),
 *   until: new Date(5_000),
 *   latest: new Date(9_000),
 *   bound: null,
 *   windowMinutes: 300,
 *   then: "release",
 *   staggerSeconds: 2,
 * } as const;
 * assertEquals(parseHold(formatHold(hold)), hold);
 * ```
 */
export function formatHold(hold: Hold): string {
  return [
    LAYOUT,
    hold.begunAt.getTime(),
    hold.until.getTime(),
    hold.latest.getTime(),
    hold.bound?.getTime() ?? "",
    hold.windowMinutes ?? "",
    hold.then,
    hold.staggerSeconds,
    hold.session ?? "",
  ].join(",");
}

/** Reads what {@linkcode formatHold} wrote; undefined for anything else. */
export function parseHold(text: string): Hold | undefined {
  const [layout, ...fields] = text.split(",");
  const [begunAt, until, latest, bound, windowMinutes, then, stagger, session] = fields;
  const dates = [begunAt, until, latest].map(parseNumber);
  const [staggerSeconds, boundMs, minutes] = [stagger, bound, windowMinutes].map(parseNumber);
  const length = layout === LAYOUT ? 8 : layout === EARLIER_LAYOUT ? 7 : undefined;
  if (fields.length !== length || dates.includes(undefined)) return undefined;
  if (staggerSeconds === undefined || (then !== "release" && then !== "deny")) return undefined;
  const [first, second, third] = dates.map((ms) => new Date(ms!));
  return {
    session: sessionOf(session) ?? null,
    begunAt: first!,
    until: second!,
    latest: third!,
    bound: boundMs === undefined ? null : new Date(boundMs),
    windowMinutes: minutes ?? null,
    then,
    staggerSeconds,
  };
}

function parseNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
