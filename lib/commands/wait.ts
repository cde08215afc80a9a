import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { NO_WAIT, type Options, settingsOf } from "../cli/options.ts";
import { printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { isDisabled } from "../guard/environment.ts";
import { standingOf } from "../guard/standing.ts";
import { CLOCK, type Clock } from "../process/clock.ts";
import { isConfirmed } from "../revive/confirmed.ts";
import { judge } from "../revive/judge.ts";
import { isFresh, type State } from "../state/state.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { parseDuration } from "../text/duration.ts";
import { localTime } from "../text/local_time.ts";
import { messageOf } from "../text/message_of.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { startIn } from "./start.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { codexOf, homeOf } from "./target.ts";

const LOOK_EVERY_MS = 1000;

/** A source may take half a minute. */
const FIRST_READING_MS = 40_000;
const LOOK_FOR_IT_EVERY_MS = 100;

/** A daemon that does not start may do so later. */
const START_AGAIN_MS = 60_000;

/** What a wait looks at, and what it does beside waiting. */
export interface Watched {
  state(): State | undefined;
  isDaemonAlive(): boolean;
  pausedUntil(now: Date): Date | undefined;
  /** Starts the daemon unless it runs; true when it did not run. */
  startDaemon(): Promise<boolean>;
  /** Called once, when the wait begins. */
  tell(until: Date | undefined): void;
}

/** How long to wait, and for what. */
export interface WaitRules {
  /** An older state is stale. */
  readonly maxStateAgeSeconds: number;
  /** The longest wait, in seconds. */
  readonly maxWaitSeconds: number;
  /** Tells whether it is confirmed that the quota is there, where that is asked for. */
  readonly isConfirmed?: (state: State | undefined, now: Date) => boolean;
}

/** `wait`: returns when agents would go on. */
export async function wait({ options: asked }: Invocation): Promise<number> {
  const after = parseTimestamp(asked.after);
  try {
    const options = await withHooksDirectory(asked);
    const { settings } = await loadSettings(settingsOf(options), homeOf(options));
    const rules = {
      maxStateAgeSeconds: settings.maxStateAgeSeconds,
      maxWaitSeconds: maxWaitSeconds(options),
      isConfirmed: after && await confirmation(options, settings, after),
    };
    const watched = watchedBy(options);
    if (after === undefined && isDisabled()) return EXIT.ok;
    return await waitFor(watched, rules, CLOCK) ? EXIT.ok : EXIT.notYet;
  } catch (error) {
    printError(messageOf(error));
    // What is not known stops nobody; but it confirms nothing either.
    return after === undefined ? EXIT.ok : EXIT.failed;
  }
}

/** Waits until agents would go on; false when the longest wait is over before that. */
export async function waitFor(watched: Watched, rules: WaitRules, clock: Clock): Promise<boolean> {
  const { maxStateAgeSeconds, maxWaitSeconds, isConfirmed } = rules;
  const begunAt = clock.now();
  if (!isConfirmed && watched.pausedUntil(begunAt)) return true;
  const hasStarted = await watched.startDaemon();
  // A daemon that has only just begun to look does not know yet.
  const knowsBy = +clock.now() + (hasStarted ? FIRST_READING_MS : 0);
  const end = +begunAt + maxWaitSeconds * 1000;
  let startAgainAt = +clock.now() + START_AGAIN_MS;
  let hasTold = false;
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
    const isHeld = isConfirmed
      ? !isConfirmed(state, now)
      : state?.status === "blocked" && until !== undefined && !watched.pausedUntil(now);
    if (!isHeld) return true;
    if (+now >= end) return false;
    if (!hasTold) watched.tell(until);
    hasTold = true;
    if (!isDaemonAlive && +now >= startAgainAt) {
      await watched.startDaemon();
      startAgainAt = +clock.now() + START_AGAIN_MS;
    }
    await clock.delay(Math.min(LOOK_EVERY_MS, end - +now));
  }
}

/** What confirms that the quota is there: for a session that died, what would bring it back. */
async function confirmation(
  options: Options,
  settings: Settings,
  asked: Date,
): Promise<WaitRules["isConfirmed"]> {
  const { session } = options;
  if (session === undefined) return (state, now) => isConfirmed(state, { asked }, now);
  const deaths = await codexOf(options).wall?.deaths(CLOCK.now()) ?? [];
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

function watchedBy(options: Options): Watched {
  const directory = new StateDirectory(namedStateDirectory(options));
  return {
    state: () => directory.state(),
    isDaemonAlive: () => directory.isDaemonAlive(),
    pausedUntil: (now) => directory.pausedUntil(now),
    startDaemon: async () => (await startIn(options)).kind === "started",
    tell: (until) => {
      if (Deno.stderr.isTerminal()) printError(waitsUntil(until, options.after !== undefined));
    },
  };
}

function waitsUntil(until: Date | undefined, isConfirming: boolean): string {
  if (!until) return "waits until the quota is known to be there; Ctrl-C ends it";
  const time = localTime(until, new Date());
  const then = isConfirming ? ", and for a reading that says so" : "";
  return `waits until ${time}, when the quota is there again${then}; Ctrl-C ends it`;
}

function maxWaitSeconds({ maxWait }: Options): number {
  if (maxWait === undefined) return Infinity;
  return maxWait === NO_WAIT ? 0 : parseDuration(maxWait)!;
}
