import type { Account, Credits } from "./account.ts";
import type { Policy } from "./policy.ts";
import type { WindowsReading } from "./reading.ts";
import { isSameReset, shortestFirst, windowLike } from "./same_window.ts";

/** Told by one source, it is true of the others' readings for this long, in milliseconds. */
const BELIEVED_FOR_MS: Readonly<Record<string, number>> = {
  unlimited: 24 * 3_600_000,
  some: 3_600_000,
};

/**
 * What a source says of credits. A balance that is a number decides; one that is none, or missing,
 * leaves it to `hasCredits`. Pure.
 */
export function creditsFrom(
  unlimited: boolean,
  hasCredits: boolean,
  balance: string | undefined,
): Credits {
  if (unlimited) return { left: "unlimited" };
  const amount = balance === undefined ? NaN : Number(balance);
  const isLeft = Number.isNaN(amount) ? hasCredits : amount > 0;
  return { left: isLeft ? "some" : "none", ...(balance === undefined ? {} : { balance }) };
}

/** Credits in a word or two, for the state and for `status`; undefined where there is nothing to say. */
export function creditsText({ left, balance }: Credits): string | undefined {
  if (left === "unlimited") return "unlimited";
  return balance ?? (left === "some" ? "some left" : undefined);
}

/**
 * A reading with the credits that another source has told of the same plan, where this one does not
 * tell: not every line of a session does, and codexbar never says that they are unlimited. Pure.
 *
 * @param readAt When the reading was true.
 * @param known What was known before.
 */
export function withCredits(
  reading: WindowsReading,
  readAt: Date,
  known: Pick<WindowsReading, "plan" | "credits" | "windows"> | undefined,
): WindowsReading {
  const { plan } = reading;
  const credits = reading.credits && { ...reading.credits, toldAt: readAt, ...(plan && { plan }) };
  const before = known?.credits;
  const planBefore = before?.plan ?? known?.plan;
  const isSamePlan = plan === undefined || planBefore === undefined
    ? !isAnothers(reading, readAt, known)
    : plan === planBefore;
  const ageMs = before?.toldAt ? Math.abs(readAt.getTime() - before.toldAt.getTime()) : Infinity;
  const isBelieved = before !== undefined && isSamePlan &&
    ageMs <= (BELIEVED_FOR_MS[before.left] ?? -1);
  const tells = credits !== undefined &&
    !(credits.left === "none or unlimited" && before?.left === "unlimited");
  // With their plan: the reading that takes them over may tell none.
  const kept = before && { ...before, ...(planBefore && { plan: planBefore }) };
  return { ...reading, credits: isBelieved && !tells ? kept : credits };
}

/** Whether a reading is of another account than what was known: a window that has not reset resets otherwise. */
function isAnothers(
  reading: WindowsReading,
  readAt: Date,
  known: Pick<WindowsReading, "windows"> | undefined,
): boolean {
  // By the shortest: a week's reset says less, and not every source tells it to the minute. That of a
  // window of which nothing is used may slide.
  const [pair] = shortestFirst(reading).flatMap((now) => {
    const before = windowLike(known, now);
    const isTold = before?.resetsAt && before.resetsAt > readAt &&
      before.usedPercent > 0 && now.usedPercent > 0;
    return isTold ? [{ now, before }] : [];
  });
  return pair !== undefined && !isSameReset(pair.before.resetsAt, pair.now.resetsAt);
}

/**
 * Why no full window stops an account, in words for the user; undefined where one does. Credits are
 * spent only where the user said so, and only where the backend lets the account spend.
 *
 * An unlimited account that its spend control has stopped goes on too: that stop is no window, nobody
 * tells when it ends, and whoever waited for a reset would be refused behind it all the same. It is
 * said as advice.
 */
export function payerOf(
  reading: WindowsReading,
  policy: Pick<Policy, "credits">,
): string | undefined {
  if (reading.credits?.left === "unlimited") return "the account is unlimited, so nothing is held";
  return policy.credits === "spend" && couldPay(reading)
    ? "bought credits pay for more (credits: spend), so nothing is held"
    : undefined;
}

/** Whether bought credits would pay where a window is full. */
export function couldPay({ credits, account }: WindowsReading): boolean {
  return credits?.left === "some" && !isOutOfMoney(account);
}

/** True where money stops an account: no window's reset changes that. */
export function isOutOfMoney(account: Account | undefined): boolean {
  return account !== undefined &&
    (account.spendControlReached || /credits_depleted/.test(account.reachedType ?? ""));
}
