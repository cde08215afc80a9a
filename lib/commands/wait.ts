import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { NO_WAIT, type Options, settingsOf } from "../cli/options.ts";
import { Countdown } from "../cli/countdown.ts";
import { printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { isDisabled } from "../guard/environment.ts";
import { standingOf } from "../guard/standing.ts";
import { CLOCK, type Clock } from "../process/clock.ts";
import { policyFor } from "../quota/decision.ts";
import type { Policy } from "../quota/policy.ts";
import { classOf, type QuotaWindow, type WindowClass } from "../quota/window.ts";
import { isConfirmed } from "../revive/confirmed.ts";
import { judge } from "../revive/judge.ts";
import { isFresh, type State } from "../state/state.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { parseDuration } from "../text/duration.ts";
import { forUser } from "../text/for_user.ts";
import { localTime } from "../text/local_time.ts";
import { messageOf } from "../text/message_of.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import { withRules } from "./rules.ts";
import { startIn } from "./start.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { harnessOf, homeOf } from "./target.ts";

const LOOK_EVERY_MS = 1000;

/** A source may take half a minute. */
const FIRST_READING_MS = 40_000;
const LOOK_FOR_IT_EVERY_MS = 100;

/** A daemon that does not start may do so later. */
const START_AGAIN_MS = 60_000;

/** How people and other commands call the main windows. */
const CLASS_NAMES: Readonly<Record<string, WindowClass>> = {
  "5h": "fiveHour",
  "5-hour": "fiveHour",
  "7d": "weekly",
  week: "weekly",
};

/** What a wait looks at, and what it does beside waiting. */
export interface Watched {
  state(): State | undefined;
  isDaemonAlive(): boolean;
  pausedUntil(now: Date): Date | undefined;
  /** Starts the daemon unless it runs; true when it did not run. */
  startDaemon(): Promise<boolean>;
  /** Called with each look, while it waits; without an end where none is known. */
  tell(until: Date | undefined, now: Date): void;
}

/** How long to wait, and for what. */
export interface WaitRules {
  /** An older state is stale. */
  readonly maxStateAgeSeconds: number;
  /** The longest wait, in seconds. */
  readonly maxWaitSeconds: number;
  /** Tells whether it is confirmed that the quota is there, where that is asked for. */
  readonly isConfirmed?: (state: State | undefined, now: Date) => boolean;
  /** What else is to be so; see {@linkcode shortOf}. */
  readonly need?: Need;
}

/** How much of which windows is to be left. */
export interface Need {
  /** Percent; undefined for so much that the window does not hold. */
  readonly leftPercent: number | undefined;
  /** The one window that counts: `fiveHour`, `weekly` or an id; undefined for both of these. */
  readonly window: string | undefined;
  readonly policy: Policy;
  readonly resetBufferSeconds: number;
}

/** `wait`: returns when agents would go on. */
export async function wait({ options: asked }: Invocation): Promise<number> {
  const after = parseTimestamp(asked.after);
  try {
    const options = await withRules(asked);
    const { settings } = await loadSettings(settingsOf(options), homeOf(options));
    const rules = {
      maxStateAgeSeconds: settings.maxStateAgeSeconds,
      maxWaitSeconds: maxWaitSeconds(options),
      isConfirmed: after && await confirmation(options, settings, after),
      need: needOf(options, settings),
    };
    using watched = watchedBy(options);
    if (after === undefined && isDisabled()) return EXIT.ok;
    const isFree = await waitFor(watched, rules, CLOCK);
    watched[Symbol.dispose]();
    const why = isFree && rules.need && unknownWindow(watched.state(), rules.need);
    if (why) printError(why);
    return isFree ? EXIT.ok : EXIT.notYet;
  } catch (error) {
    printError(messageOf(error));
    // What is not known stops nobody; but it confirms nothing either.
    return after === undefined ? EXIT.ok : EXIT.failed;
  }
}

/** Waits until agents would go on; false when the longest wait is over before that. */
export async function waitFor(watched: Watched, rules: WaitRules, clock: Clock): Promise<boolean> {
  const { maxStateAgeSeconds, maxWaitSeconds, isConfirmed, need } = rules;
  const begunAt = clock.now();
  if (!isConfirmed && watched.pausedUntil(begunAt)) return true;
  const hasStarted = await watched.startDaemon();
  // A daemon that has only just begun to look does not know yet.
  const knowsBy = +clock.now() + (hasStarted ? FIRST_READING_MS : 0);
  const end = +begunAt + maxWaitSeconds * 1000;
  let startAgainAt = +clock.now() + START_AGAIN_MS;
  while (true) {
    const now = clock.now();
    const state = watched.state();
    const isDaemonAlive = watched.isDaemonAlive();
    const evidence = { now, isDaemonAlive, maxStateAgeSeconds };
    const isKnown = state !== undefined && isFresh(state, now, maxStateAgeSeconds);
    if (!isKnown && +now < knowsBy) {
      await clock.delay(LOOK_FOR_IT_EVERY_MS);
      continue;
    }
    const until = state && standingOf(state, evidence).until;
    const isBlocked = state?.status === "blocked" && until !== undefined;
    const short = need && isKnown ? shortOf(state.windows, need, now) : [];
    // Who names a window waits for that one alone.
    const isHeld = isConfirmed
      ? !isConfirmed(state, now)
      : (short.length > 0 || (isBlocked && need?.window === undefined)) &&
        !watched.pausedUntil(now);
    if (!isHeld) return true;
    if (+now >= end) return false;
    watched.tell(
      need ? latestOf([need.window === undefined ? until : null, ...short]) : until,
      now,
    );
    if (!isDaemonAlive && +now >= startAgainAt) {
      await watched.startDaemon();
      startAgainAt = +clock.now() + START_AGAIN_MS;
    }
    await clock.delay(Math.min(LOOK_EVERY_MS, end - +now));
  }
}

/**
 * When those windows open again of which less is left than is needed; null for one that does not say. A
 * window that is not known, or has reset, is short of nothing. Pure.
 */
function shortOf(
  windows: readonly QuotaWindow[],
  { leftPercent, window: wanted, policy, resetBufferSeconds }: Need,
  now: Date,
): (Date | null)[] {
  const isMeant = (window: QuotaWindow) =>
    wanted === undefined
      ? ["fiveHour", "weekly"].includes(classOf(window))
      : isNamed(window, wanted);
  return windows.filter(isMeant).flatMap((window) => {
    const { usedPercent, resetsAt } = window;
    const opensAt = resetsAt && new Date(+resetsAt + resetBufferSeconds * 1000);
    if (opensAt && opensAt <= now) return [];
    const isShort = leftPercent === undefined
      ? usedPercent >= policyFor(window, policy).thresholdPercent
      : 100 - usedPercent < leftPercent;
    return isShort ? [opensAt] : [];
  });
}

/** What is wrong with a window that is named; undefined where nothing is, or nothing is known. */
function unknownWindow(state: State | undefined, { window: wanted }: Need): string | undefined {
  const windows = state?.windows ?? [];
  if (wanted === undefined || windows.length === 0) return undefined;
  if (windows.some((window) => isNamed(window, wanted))) return undefined;
  const names = windows.map((window) => forUser(nameFor(window))).join(", ");
  return `the window "${
    forUser(wanted)
  }" is not known, so it was not waited for; there are: ${names}`;
}

function isNamed(window: QuotaWindow, name: string): boolean {
  return window.id === name || classOf(window) === (CLASS_NAMES[name] ?? name);
}

/** What names a window behind `--window`. */
function nameFor(window: QuotaWindow): string {
  const named = classOf(window);
  return ["fiveHour", "weekly"].includes(named) ? named : window.id;
}

/** The last of some instants; undefined where one of them is not known, or there is none. */
function latestOf(dates: readonly (Date | null | undefined)[]): Date | undefined {
  const known = dates.filter((date) => date !== undefined);
  if (known.length === 0 || known.includes(null)) return undefined;
  return new Date(Math.max(...known.map(Number)));
}

function needOf({ need, window }: Options, { policy }: Settings): Need | undefined {
  if (need === undefined && window === undefined) return undefined;
  const { resetBufferSeconds } = policy;
  return { leftPercent: need, window, policy, resetBufferSeconds };
}

/** What confirms that the quota is there: for a session that died, what would bring it back. */
async function confirmation(
  options: Options,
  settings: Settings,
  asked: Date,
): Promise<WaitRules["isConfirmed"]> {
  const { session } = options;
  if (session === undefined) return (state, now) => isConfirmed(state, { asked }, now);
  const deaths = await harnessOf(options).wall?.deaths(CLOCK.now()) ?? [];
  const death = deaths.find((each) => each.session === session);
  // Somebody has gone on with it, or it is not to be brought back: there is nothing to wait for.
  return (state, now) =>
    !death || judge(death, {
        state,
        bounds: settings.bounds,
        resetBufferSeconds: settings.policy.resetBufferSeconds,
        revivals: [],
        waiting: 0,
        now,
      }).kind !== "wait";
}

function watchedBy(options: Options): Watched & Disposable {
  const { provider, home, stateDir } = options;
  const countdown = Deno.stderr.isTerminal() ? new Countdown() : undefined;
  const directory = new StateDirectory(namedStateDirectory(options));
  return {
    state: () => directory.state(),
    isDaemonAlive: () => directory.isDaemonAlive(),
    pausedUntil: (now) => directory.pausedUntil(now),
    startDaemon: async () => (await startIn({ provider, home, stateDir })).kind === "started",
    tell: (until, now) => countdown?.show(waitsUntil(until, now, options.after !== undefined)),
    [Symbol.dispose]: () => countdown?.[Symbol.dispose](),
  };
}

/** One line, without our name: it is to fit into 80 columns. */
export function waitsUntil(until: Date | undefined, now: Date, isConfirming: boolean): string {
  if (!until) return "waits until the quota is known to be there; Ctrl-C ends it";
  const then = isConfirming ? ", and for a reading that says so" : "";
  return `waits until ${localTime(until, now)} (${left(+until - +now)})${then}; Ctrl-C ends it`;
}

/** What is left, to the second: `1:02:03`. */
function left(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}

function maxWaitSeconds({ maxWait }: Options): number {
  if (maxWait === undefined) return Infinity;
  return maxWait === NO_WAIT ? 0 : parseDuration(maxWait)!;
}
