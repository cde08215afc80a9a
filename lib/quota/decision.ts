import { formatTimestamp } from "../text/timestamp.ts";
import type { Account } from "./account.ts";
import { couldPay, isOutOfMoney, payerOf } from "./credits.ts";
import type { Mode, Policy, WindowPolicy } from "./policy.ts";
import type { Reading, WindowsReading } from "./reading.ts";
import {
  classOf,
  isFiveHourWindow,
  latestCredibleReset,
  type QuotaWindow,
  sameQuota,
} from "./window.ts";
import { nameOf } from "./window_name.ts";

/** What a reading means, and the sentence that a user reads about it. */
export type Decision =
  & {
    readonly reason: string;
    /** Warnings that hold nobody, in words for the user. */
    readonly advice: readonly string[];
  }
  & (
    | { readonly status: "open"; readonly window: QuotaWindow | null }
    | {
      readonly status: "blocked";
      /** Null when the account as a whole is blocked. */
      readonly window: QuotaWindow | null;
      readonly blockedUntil: Date;
      /** Length of the window whose reset ends the block, in minutes. */
      readonly windowMinutes: number | null;
    }
    | { readonly status: "unknown"; readonly window: QuotaWindow | null }
  );

/** How fast a window is being used, and when it is looked at next. */
export interface Pace {
  /** Percent of the window per second, 0 and up. */
  readonly percentPerSecond: number;
  /** Seconds until the next reading. */
  readonly nextReadingSeconds: number;
}

/**
 * Decides on one reading. Pure: the same arguments give the same answer. Whatever is missing,
 * malformed or contradictory is `unknown`, and `unknown` never stops anyone. Of several windows that
 * block, the one that ends last counts. No window blocks an account that is unlimited, or whose bought
 * credits the user lets pay.
 *
 * @param pace For the 5-hour window, where it has been measured.
 *
 * @example
 * ```ts
 * import { resolveSettings } from "../config/settings.ts";
 * import { decide } from "./decision.ts";
 *
 * const now = new Date("2026-09-01T12:00:00Z");
 * const resetsAt = new Date("2026-09-01T12:42:00Z");
 * const window = { id: "primary", usedPercent: 97, windowMinutes: 300, resetsAt, extra: false };
 * const reading = { kind: "windows", source: "codexbar", windows: [window], problems: [] } as const;
 * const decision = decide(reading, resolveSettings({}).settings.policy, now);
 * if (decision.status !== "blocked") throw new Error("97 % is past the wall");
 * ```
 */
export function decide(reading: Reading, policy: Policy, now: Date, pace?: Pace): Decision {
  if (reading.kind === "failed") return unknown(reading.reason);

  const mayGoOn = reading.account?.usageAllowed === true;
  const judged = reading.windows.map((window) => judge(window, policy, now, mayGoOn, pace));
  const advice = judged.flatMap((each) => each.advice ?? []);
  const blocks = judged.flatMap((each) => each.block ? [each.block] : []);
  const accountBlock = judgeAccount(reading, policy.account, policy, now);
  if (accountBlock?.kind === "advice") advice.push(accountBlock.reason);
  if (accountBlock?.kind === "block") blocks.push(accountBlock);
  const last = blocks.toSorted((a, b) => b.until.getTime() - a.until.getTime())[0];

  // Contradictions come first: one of the readings could be the wrong account's.
  const [five, ...others] = reading.windows.filter(isFiveHourWindow);
  if (five && others.some((other) => !sameQuota(other, five))) {
    return unknown(`${reading.source} reported different 5-hour windows at once`, null, advice);
  }
  const payer = payerOf(reading, policy);
  if (last && payer === undefined) {
    const { reason, window, until, windowMinutes } = last;
    if (couldPay(reading)) advice.push(COULD_PAY);
    return { status: "blocked", reason, window, blockedUntil: until, windowMinutes, advice };
  }
  const fine = judged.find((each) => each.window === five) ??
    judged.find((each) => each.mode === "hold");
  if (payer !== undefined && (last || reading.credits?.left === "unlimited")) {
    const { reason, window = null } = last ?? fine ?? {};
    return { status: "open", reason: reason ? `${reason}; ${payer}` : payer, window, advice };
  }
  const doubt = judged.find((each) => each.doubt !== undefined && each.mode === "hold");
  if (doubt?.doubt !== undefined) return unknown(doubt.doubt, doubt.window, advice);
  if (!fine) return unknown(withoutHoldingWindow(reading), null, advice);
  return { status: "open", reason: fine.reason, window: fine.window, advice };
}

/** The policy for one window. */
export function policyFor(window: QuotaWindow, policy: Policy): WindowPolicy {
  const named = window.extra && Object.hasOwn(policy.extraById, window.id)
    ? policy.extraById[window.id]
    : undefined;
  return named ?? policy.windows[classOf(window)];
}

/** Said where nobody's money is spent unasked. */
const COULD_PAY = "bought credits would pay for more, but agents wait (credits: hold)";

interface Block {
  readonly kind: "block";
  readonly reason: string;
  readonly window: QuotaWindow | null;
  readonly until: Date;
  /** Length of the window whose reset it waits for. */
  readonly windowMinutes: number | null;
}

interface Judged {
  readonly window: QuotaWindow;
  readonly mode: Mode;
  readonly reason: string;
  readonly block?: Block;
  readonly advice?: string;
  /** Why nothing can be concluded from this window. */
  readonly doubt?: string;
}

/** @param mayGoOn The backend says so: then a window that has reset needs no buffer. */
function judge(
  window: QuotaWindow,
  policy: Policy,
  now: Date,
  mayGoOn: boolean,
  pace?: Pace,
): Judged {
  const { mode, thresholdPercent } = policyFor(window, policy);
  const { usedPercent, resetsAt, windowMinutes } = window;
  const reason = `${usedPercent}% of the ${nameOf(window)} is used`;
  const judged = { window, mode, reason };
  if (mode === "off") return judged;
  if (resetsAt && windowMinutes && resetsAt > latestCredibleReset(windowMinutes, now)) {
    const doubt = `the ${nameOf(window)} claims to reset at ${formatTimestamp(resetsAt)}, ` +
      "further ahead than it is long";
    return { ...judged, doubt };
  }
  const why = usedPercent >= thresholdPercent
    ? `${reason}; the threshold is ${thresholdPercent}%`
    : mode === "hold" && policy.pace && pace && isFiveHourWindow(window)
    ? paceReason(usedPercent, reason, pace)
    : undefined;
  if (why === undefined) return judged;
  if (resetsAt === null) {
    const doubt = `${reason}, but not when it resets`;
    return mode === "hold" ? { ...judged, doubt } : { ...judged, advice: reason };
  }
  const until = new Date(resetsAt.getTime() + policy.resetBufferSeconds * 1000);
  if (now >= (mayGoOn ? resetsAt : until)) {
    return { ...judged, reason: `${reason}, but it has reset at ${formatTimestamp(resetsAt)}` };
  }
  if (mode === "advisory") return { ...judged, advice: why };
  // A window of unknown length can claim any reset; nobody waits for that.
  if (windowMinutes === null) return { ...judged, doubt: `${reason}, but not how long it is` };
  return { ...judged, block: { kind: "block", reason: why, window, until, windowMinutes } };
}

/** A burn that would fill the window before anyone looks again. */
function paceReason(usedPercent: number, reason: string, pace: Pace): string | undefined {
  const ahead = usedPercent + pace.percentPerSecond * pace.nextReadingSeconds;
  if (pace.percentPerSecond <= 0 || ahead < 100) return undefined;
  const perMinute = Math.round(pace.percentPerSecond * 600) / 10;
  return `${reason}, and at ${perMinute}% a minute it is spent before the next reading`;
}

/**
 * The backend's own word that the account is stopped. It comes without an end: the account goes on
 * when the windows that are full have reset. Where only a limit is named and no window is full, there
 * is nothing to wait for; nor where it is money that is missing, which no reset brings. Where the
 * backend says that nothing is allowed, the fullest window is the best guess, and its next word ends
 * the wait.
 */
function judgeAccount(
  { account, windows, credits }: WindowsReading,
  mode: Mode,
  policy: Policy,
  now: Date,
): Block | { readonly kind: "advice"; readonly reason: string } | undefined {
  const signal = account && accountSignal(account);
  if (signal === undefined || mode === "off") return undefined;
  const ends = windows.filter(({ extra, resetsAt, windowMinutes }) =>
    !extra && resetsAt && resetsAt <= latestCredibleReset(windowMinutes ?? 0, now)
  );
  const full = ends.filter(({ usedPercent }) => usedPercent >= 100);
  const [last] = full.length > 0
    ? full.toSorted((a, b) => b.resetsAt!.getTime() - a.resetsAt!.getTime())
    : account?.usageAllowed === false && !isOutOfMoney(account)
    ? ends.toSorted((a, b) => b.usedPercent - a.usedPercent)
    : [];
  const until = last && new Date(last.resetsAt!.getTime() + policy.resetBufferSeconds * 1000);
  // A full window is not what stops an unlimited account, so its reset does not let that go on either.
  const isMoneyAlone = credits?.left === "unlimited" && isOutOfMoney(account);
  if (mode === "advisory" || until === undefined || until <= now || isMoneyAlone) {
    return { kind: "advice", reason: signal };
  }
  const { windowMinutes } = last!;
  const reason = `${signal}, until the ${nameOf(last!)} resets`;
  return { kind: "block", reason, window: null, until, windowMinutes };
}

/** Where the backend says whether the account may go on, that decides over all else that it says. */
function accountSignal(
  { reachedType, spendControlReached, usageAllowed }: Account,
): string | undefined {
  if (usageAllowed === true) return undefined;
  if (reachedType !== null) return `the account is stopped by its backend (${reachedType})`;
  if (spendControlReached) return "the account is stopped by its spend control";
  return usageAllowed === false
    ? "the backend says that ordinary use is not allowed now"
    : undefined;
}

function withoutHoldingWindow({ windows, problems }: WindowsReading): string {
  const problem = problems[0];
  if (problem !== undefined) return problem;
  const others = windows.filter((window) => !window.extra).map(nameOf);
  const instead = others.length > 0 ? ` (there is: ${others.join(", ")})` : "";
  return `the account shows no 5-hour window now${instead}`;
}

function unknown(
  reason: string,
  window: QuotaWindow | null = null,
  advice: readonly string[] = [],
): Decision {
  return { status: "unknown", reason, window, advice };
}
