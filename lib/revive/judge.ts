import type { HoldBounds } from "../config/settings.ts";
import type { Death } from "../harness/death.ts";
import { isSameReset } from "../quota/same_window.ts";
import { classOf } from "../quota/window.ts";
import type { Revival } from "../state/revivals.ts";
import { isOfDeath } from "../state/revivals.ts";
import type { State } from "../state/state.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { isConfirmed } from "./confirmed.ts";

/** What is to become of a session that died. */
export type Fate =
  /** Its quota is back, as far as anybody can tell, and nothing speaks against it. */
  | { readonly kind: "ready" }
  /** Not before that instant; undefined where only a reading can tell. */
  | { readonly kind: "wait"; readonly until: Date | undefined; readonly why: string }
  /** It is for a person to decide. */
  | { readonly kind: "tell"; readonly why: string };

/** All that a fate is judged by. */
export interface Circumstances {
  readonly state: State | undefined;
  readonly bounds: HoldBounds;
  readonly resetBufferSeconds: number;
  /** What was written down of this and other deaths. */
  readonly revivals: readonly Revival[];
  /** So many agents are held: they go on first. */
  readonly waiting: number;
  readonly now: Date;
}

/** What meets the wall again so soon after it was brought back is left, in milliseconds. */
const BREAKER_MS = 10 * 60_000;

/** Where nothing was done it is tried again so often, so much later, in milliseconds. */
const MAX_TRIES = 5;
const TRY_AGAIN_MS = 50_000;

/** Those that were held go on within seconds; who stays longer waits for something else. */
const HELD_GO_ON_WITHIN_MS = 60_000;

const DAY_MS = 86_400_000;

/** Whom nobody has asked for so long after its reset is left to rest, in milliseconds: longer than a weekend. */
const FORGOTTEN_AFTER_MS = 4 * DAY_MS;

/**
 * Judges what may be done about a death without asking anybody. Pure. What is not certain is told, never
 * done.
 */
export function judge(death: Death, circumstances: Circumstances): Fate {
  const { revivals, bounds, now } = circumstances;
  const own = revivals.find((each) => isOfDeath(each, death));
  const why = triedAlready(own) ?? leftBy(death, revivals) ?? death.doubt ??
    otherAccount(death, circumstances) ??
    unknownReset(death) ??
    pastBounds(death, bounds, revivals, now);
  if (why !== undefined) return { kind: "tell", why };
  return waitFor(death, circumstances) ?? { kind: "ready" };
}

/** True for a death of which nobody needs to be told any more. */
export function isForgotten({ diedAt, resetsAt }: Death, now: Date): boolean {
  return now.getTime() - (resetsAt ?? diedAt).getTime() > FORGOTTEN_AFTER_MS;
}

/** After what a reading confirms that the quota of a session that died is back. */
export function confirms({ diedAt, resetsAt }: Death): { asked: Date; told?: Date } {
  return { asked: diedAt, told: resetsAt };
}

/** What was begun is not begun again, unless it is known that nothing was done. */
function triedAlready(own: Revival | undefined): string | undefined {
  if (!own?.begunAt) return undefined;
  const when = formatTimestamp(own.begunAt);
  switch (own.outcome) {
    case "not-done":
      return (own.tries ?? 1) < MAX_TRIES ? undefined : own.why ?? "it could not be brought back";
    case "pending":
      return `it was asked to go on at ${when}, and has not yet: ${
        own.why ?? "it is not known why"
      }`;
    case "done":
    case undefined:
      return `it was to be brought back at ${when}, and nothing is known of that`;
  }
}

/**
 * A terminal's message would be spent on a turn that fails where the reading is wrong; a run that fails
 * again is left.
 */
function unknownReset({ resetsAt, place }: Death): string | undefined {
  return resetsAt === undefined && place !== "run"
    ? "its file does not tell when its quota resets"
    : undefined;
}

function leftBy({ session, resetsAt, diedAt }: Death, revivals: readonly Revival[]) {
  for (const each of revivals) {
    if (each.session !== session || !each.begunAt || each.outcome === "not-done") continue;
    const afterMs = diedAt.getTime() - each.begunAt.getTime();
    if (afterMs >= 0 && afterMs < BREAKER_MS) {
      return "it met the wall again within ten minutes after it was brought back";
    }
    if (isSameReset(each.resetsAt ?? null, resetsAt ?? null)) {
      return "it was brought back in this window already";
    }
  }
  return undefined;
}

/** The windows of one account reset at the same times. */
function otherAccount({ windows }: Death, { state, now }: Circumstances): string | undefined {
  const isOther = windows.some((window) => {
    if (classOf(window) !== "weekly" || window.resetsAt === null || window.resetsAt <= now) {
      return false;
    }
    const current = state?.windows.find((each) => classOf(each) === "weekly")?.resetsAt ?? null;
    return current !== null && !isSameReset(current, window.resetsAt);
  });
  return isOther
    ? "its weekly window resets at another time than that of the account now: it may be another account's"
    : undefined;
}

/** The user's bounds on holds are bounds on this too. */
function pastBounds(
  { windows, diedAt }: Death,
  { notIntoNewWeek, maxHoldsPerDay, maxHoldSeconds }: HoldBounds,
  revivals: readonly Revival[],
  now: Date,
): string | undefined {
  const isNewWeek = windows.some((window) =>
    classOf(window) === "weekly" && window.resetsAt !== null && window.resetsAt <= now
  );
  if (notIntoNewWeek && isNewWeek) return "a new week has begun (notIntoNewWeek)";
  if (maxHoldSeconds !== null && now.getTime() - diedAt.getTime() > maxHoldSeconds * 1000) {
    return "it would have waited longer than maxHold allows";
  }
  const today = revivals.filter(({ begunAt, outcome }) =>
    begunAt && outcome !== "not-done" && now.getTime() - begunAt.getTime() < DAY_MS
  );
  if (maxHoldsPerDay !== null && today.length >= maxHoldsPerDay) {
    return `${today.length} were brought back in the last 24 hours (maxHoldsPerDay)`;
  }
  return undefined;
}

/** Until when its quota is not back, whatever else speaks for or against it; undefined where it is. */
export function notBack(
  death: Death,
  { state, resetBufferSeconds, now }: Pick<Circumstances, "state" | "resetBufferSeconds" | "now">,
): Fate | undefined {
  const { resetsAt } = death;
  const from = resetsAt && new Date(resetsAt.getTime() + resetBufferSeconds * 1000);
  const early: Fate | undefined = from && from > now
    ? { kind: "wait", until: from, why: "its quota resets then" }
    : undefined;
  if (!isConfirmed(state, confirms(death), now)) {
    const why = "no reading has confirmed yet that its quota is back";
    return early ?? { kind: "wait", until: undefined, why };
  }
  return early && !hasNewWindows(death, state!) ? early : undefined;
}

function waitFor(death: Death, circumstances: Circumstances): Fate | undefined {
  const early = notBack(death, circumstances);
  if (early) return early;
  const { bounds, revivals, waiting, now } = circumstances;
  const { resetsAt } = death;
  const staggerMs = bounds.staggerSeconds * 1000;
  // What is of the future was written before the clock was set back.
  const begun = revivals.flatMap((each) => each.begunAt && each.begunAt <= now ? [each] : []);
  const next = Math.max(...begun.map(({ begunAt }) => begunAt!.getTime()), -Infinity) + staggerMs;
  if (next > now.getTime()) {
    return { kind: "wait", until: new Date(next), why: "another has just gone on" };
  }
  const own = begun.find((each) => isOfDeath(each, death));
  const again = own ? own.begunAt!.getTime() + TRY_AGAIN_MS : -Infinity;
  if (again > now.getTime()) {
    return { kind: "wait", until: new Date(again), why: own?.why ?? "it was tried just now" };
  }
  const openForMs = now.getTime() - (resetsAt ?? death.diedAt).getTime();
  if (waiting > 0 && openForMs < HELD_GO_ON_WITHIN_MS + waiting * staggerMs) {
    return { kind: "wait", until: undefined, why: "those that are held go on first" };
  }
  return undefined;
}

/** True where what was spent shows another reset now: the backend gave a new window early. */
function hasNewWindows({ windows }: Death, { windows: current }: State): boolean {
  const spent = windows.filter(({ usedPercent }) => usedPercent >= 100);
  return spent.length > 0 && spent.every((window) => {
    const now = current.find((each) => classOf(each) === classOf(window) && !each.extra);
    return now !== undefined && !isSameReset(now.resetsAt, window.resetsAt);
  });
}
