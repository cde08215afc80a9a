import type { Resolved, Setting } from "../config/settings.ts";
import { type Standing, standingOf } from "../guard/standing.ts";
import type { Death } from "../harness/death.ts";
import type { Block } from "../quota/block.ts";
import { policyFor } from "../quota/decision.ts";
import { type Forecast, forecast } from "../quota/forecast.ts";
import type { WindowPolicy } from "../quota/policy.ts";
import { isFiveHourWindow, type QuotaWindow } from "../quota/window.ts";
import { nameOf } from "../quota/window_name.ts";
import type { State } from "../state/state.ts";
import type { Waiting } from "../state/waiting.ts";
import { forUser } from "../text/for_user.ts";

/** What was looked at, and stays so until somebody looks again. */
export interface Facts {
  /** The provider, where it is another one than the usual. */
  readonly provider: string | undefined;
  readonly home: string | undefined;
  /** The other home whose state its hooks look at. */
  readonly heldOn: string | undefined;
  /** Other homes that are the same account. */
  readonly sameAccount: readonly string[];
  /** It is to be said whose it is: there are several homes, or it is not the usual one. */
  readonly namesHome: boolean;
  readonly stateDirectory: string;
  /** Why there is no state that counts; undefined where there is one, or none yet. */
  readonly unusable: string | undefined;
  readonly state: State | undefined;
  readonly waiting: readonly Waiting[];
  /** Sessions that stopped at the wall, the last one first. */
  readonly stopped: readonly Death[];
  readonly daemon: { readonly isRunning: boolean; readonly pid: number | undefined };
  /** Until when the user has paused; it may have passed. */
  readonly pauseEnd: Date | undefined;
  /** `QUOTA_SENTRY_DISABLE` is set here: hooks that have it too let everything pass. */
  readonly isBypassed: boolean;
  /** There are hooks of ours; undefined where no hooks are looked at. */
  readonly hasHooks: boolean | undefined;
  /** What is wrong with the hooks, in lines for the user. */
  readonly hooks: readonly string[];
  readonly resolved: Resolved;
}

/** One window, and what is to be expected of it. */
export interface WindowReport extends WindowPolicy {
  readonly window: QuotaWindow;
  /** As in "97% of the 5-hour window". */
  readonly name: string;
  /** Percent per second, where it was measured. */
  readonly burn: number | undefined;
  readonly forecast: Forecast | undefined;
}

/** One that waits, and for how long. */
export interface Held extends Waiting {
  /** When it goes on, as far as anybody knows. */
  readonly end: Date | undefined;
}

/** All that is to be told, at one moment: what `status`, `watch`, `holds`, `explain` and JSON are made from. */
export interface Report extends Omit<Facts, "pauseEnd" | "waiting"> {
  readonly now: Date;
  readonly waiting: readonly Held[];
  /** What is so now; undefined without a state. */
  readonly standing: Standing | undefined;
  readonly status: State["status"];
  /** One sentence for the user. */
  readonly reason: string;
  /** Until when agents wait; undefined where they go on. */
  readonly until: Date | undefined;
  readonly pausedUntil: Date | undefined;
  readonly windows: readonly WindowReport[];
  /** The block that is on. */
  readonly block: Block | undefined;
  /** How old the reading is, in seconds, below 0 where it is from the future; null without one. */
  readonly ageSeconds: number | null;
  /** What is not as it is by default. */
  readonly settings: readonly Setting[];
  /** What is wrong with the settings. */
  readonly problems: readonly string[];
  /** Why nobody would be held here though the quota were spent; empty where agents are protected. */
  readonly unprotected: readonly string[];
}

/** What is so at a moment, by what was looked at. Pure. */
export function reportOf(facts: Facts, now: Date): Report {
  const { state, resolved, daemon, pauseEnd } = facts;
  const standing = state && standingOf(state, {
    now,
    isDaemonAlive: daemon.isRunning,
    maxStateAgeSeconds: resolved.settings.maxStateAgeSeconds,
  });
  const pausedUntil = pauseEnd && pauseEnd > now ? pauseEnd : undefined;
  const until = pausedUntil ? undefined : standing?.until;
  return {
    ...facts,
    now,
    waiting: facts.waiting.map((each) => ({ ...each, end: endOf(each, state, until) })),
    standing,
    status: standing?.status ?? "unknown",
    reason: standing ? forUser(standing.reason) : whyNoState(facts),
    until,
    pausedUntil,
    windows: (state?.windows ?? []).map((window) => windowReport(window, facts, standing, now)),
    block: standing?.status === "blocked" ? state?.block : undefined,
    ageSeconds: state ? Math.round((now.getTime() - state.updatedAt.getTime()) / 1000) : null,
    settings: resolved.list.filter(({ origin }) => origin !== "default"),
    problems: resolved.problems.map((problem) => forUser(problem)),
    unprotected: unprotectedBy(facts),
  };
}

/** A newer reading may have moved what it was told when it began; the user's bound counts too. */
function endOf(
  { since, until: told }: Waiting,
  state: State | undefined,
  until: Date | undefined,
): Date | undefined {
  const end = state?.status === "blocked" && until ? until : told;
  const { maxHoldSeconds = null } = state?.guard ?? {};
  if (maxHoldSeconds === null) return end;
  const bound = new Date(since.getTime() + maxHoldSeconds * 1000);
  return end && end < bound ? end : bound;
}

function windowReport(
  stored: QuotaWindow,
  { state, resolved }: Facts,
  standing: Standing | undefined,
  now: Date,
): WindowReport {
  const window = { ...stored, id: forUser(stored.id) };
  const policy = policyFor(stored, resolved.settings.policy);
  const { thresholdPercent } = policy;
  const burn = isFiveHourWindow(window) ? state?.burn : undefined;
  // Nothing is to be concluded from what is too old.
  const ahead = standing && !standing.isStale
    ? forecast({ window, thresholdPercent, burn, readAt: state!.readAt, now })
    : undefined;
  return { ...policy, window, name: nameOf(window), burn, forecast: ahead };
}

function whyNoState({ stateDirectory, unusable }: Facts): string {
  return unusable === undefined
    ? "the quota has not been read yet"
    : `${stateDirectory} cannot be used (${unusable}); agents go on`;
}

function unprotectedBy({ hasHooks, hooks, daemon }: Facts): string[] {
  return [
    ...(hasHooks === false ? ["no hooks are installed; run: quota-sentry install-hook"] : []),
    ...hooks,
    ...(daemon.isRunning ? [] : ["daemon not running; start it with: quota-sentry start"]),
  ];
}
