import type { Resolved, Settings } from "../config/settings.ts";
import { removeIfThere } from "../files/if_there.ts";
import type { FileLock } from "../files/lock.ts";
import { removeAbandonedFiles, replaceFile } from "../files/replace_file.ts";
import type { Wall } from "../harness/wall.ts";
import { HistoryKeeper } from "../history/keeper.ts";
import { buildId } from "../process/build_id.ts";
import type { Clock } from "../process/clock.ts";
import type { Decision } from "../quota/decision.ts";
import { JUMP_PERCENT } from "../quota/doubt.ts";
import type { MakeFollower } from "../quota/follower.ts";
import { authorityOf, type DatedReading, type Reading } from "../quota/reading.ts";
import {
  haveSameReset,
  isSameReset,
  mayBeOneAccount,
  shortestFirst,
  windowLike,
} from "../quota/same_window.ts";
import { FoldedLines, type Log } from "../state/log.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";
import { stopRequested } from "../state/stop_request.ts";
import { messageOf } from "../text/message_of.ts";
import { forgetAccount } from "./another_account.ts";
import { DaemonCourse } from "./course.ts";
import { HoldWatch } from "./hold_watch.ts";
import { observe, type Observed, type ObserveOptions } from "./observe.ts";
import type { RecordOptions } from "./record.ts";
import { Reviving } from "./reviving.ts";
import { Told } from "./told.ts";

/** How often it looks whether it is needed still, in seconds. */
const LOOK_EVERY_SECONDS = 20;

const DAY_MS = 86_400_000;

/** How the daemon is to watch. */
export interface DaemonOptions {
  readonly directory: OwnStateDirectory;
  /** Loads the settings; called again and again, so that a change needs no restart. */
  readonly load: () => Promise<Resolved>;
  /** Gives the source of a name; undefined when there is none. */
  readonly sourceFor: (name: string) => ObserveOptions["source"] | undefined;
  /** Others whose word counts beside that source's. */
  readonly witnessesFor: (name: string) => (() => Promise<Reading>)[];
  /** Makes what tells of readings as they happen; left out where nothing does. */
  readonly follow?: MakeFollower;
  /** What sessions wrote down of the quota before; left out where nothing is known of any. */
  readonly past?: (now: Date, signal: AbortSignal) => Promise<readonly DatedReading[]>;
  /** What the harness knows of sessions that died at the wall; left out where it knows nothing. */
  readonly wall?: Wall;
  /** Whose account is signed in, for comparison alone; undefined where that is not known. */
  readonly account: () => string | undefined;
  /** The home that is watched was there, and has gone. */
  readonly isHomeGone: () => boolean;
  /** Clears away what homes that have gone have left, and tells what that was. */
  readonly clearForgotten: () => Promise<readonly string[]>;
  /** The programs on PATH that it may read the quota with. */
  readonly sees: readonly string[];
  /** The settings that it was started with as options, as arguments. */
  readonly rules: readonly string[];
  /** Ends the daemon, and a poll that is under way. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Watches the quota: polls at once, then every interval, until it is asked to end. One daemon per
 * state directory, by a lock that it holds for its life.
 *
 * @returns false when another daemon has the lock.
 * @throws When the state directory cannot be used.
 */
export async function runDaemon(options: DaemonOptions): Promise<boolean> {
  const { directory, signal } = options;
  using lock = await directory.lockForDaemon(options.sees, options.rules);
  if (!lock) return false;

  const log = directory.log(options.clock.now);
  const stopPath = directory.file("stop");
  const pidPath = directory.file("pid");
  await removeIfThere(stopPath);
  await removeAbandonedFiles(directory.path);
  directory.prepareTurns();
  await replaceFile(pidPath, `${Deno.pid}\n`, 0o600);
  log.write(`started: pid ${Deno.pid}, version ${buildId()}`);

  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  // It may have come while we wrote who we are: then nobody tells of it any more.
  if (signal.aborted) end();
  const lines = new FoldedLines(log);
  const history = new HistoryKeeper({ directory, clock: options.clock, lines, past: options.past });
  const changed = (name: string) => history.changed(name);
  const watching = stopRequested(directory, ended.signal, changed).then(end);
  const why = await watch(options, lock, { log, lines, history }, ended.signal).catch((error) =>
    `by an error: ${messageOf(error)}`
  );
  end();
  await watching;

  // Without its lock the directory belongs to another daemon, and so do the files in it.
  if (lock.isOurs()) {
    await history.end();
    await removeIfThere(stopPath);
    await removeIfThere(pidPath);
    directory.closeGate();
    await directory.removeTurnsIfEmpty();
    await directory.wake("look");
  }
  log.write(`ended: ${signal.aborted ? "by signal" : why}`);
  return true;
}

/** Where the daemon says what happens. */
interface Records {
  readonly log: Log;
  readonly lines: FoldedLines;
  readonly history: HistoryKeeper;
}

async function watch(
  options: DaemonOptions,
  lock: FileLock,
  { log, lines, history }: Records,
  signal: AbortSignal,
): Promise<string> {
  const { directory, clock } = options;
  const { now } = clock;
  let resolved = await options.load();
  const course = new DaemonCourse();
  // Ends a rest early: something has changed that may call for a reading now.
  let resting = new AbortController();
  let isDue = false;
  /** The source that answered last. */
  let answered: string | undefined;
  const askNow = (why: string) => {
    log.write(why);
    isDue = true;
    resting.abort();
  };
  using held = new HoldWatch({
    directory,
    clock,
    onJump: () => askNow("the clock jumped: the machine was asleep, or its clock was set"),
  });
  const howToRecord = (): RecordOptions => ({
    directory,
    settings: resolved.settings,
    nextReadingSeconds: resolved.settings.cadence.intervalSeconds,
    clock,
    following: () => follower?.mode ?? "off",
  });
  using told = new Told({
    how: howToRecord,
    onRecorded: ({ decision, burn }) => {
      if (course.told(decision, burn, now())) resting.abort();
      held.isOn = mayHold(decision, resolved.settings);
      lines.write("told", `${decision.status} (told): ${decision.reason}`, decision.status);
      history.look(resolved.settings);
    },
    onDoubt: (doubt) => askNow(`a session's reading is looked into: ${doubt}`),
    onError: (error) => lines.write("reading", unwritten(error)),
  });
  const follower = options.follow?.({
    onReading: (reading) => {
      if (resolved.settings.follow) void told.take(reading);
    },
    onProblem: (problem) => lines.write("following", problem),
    now,
  });
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const following = follower?.run(ended);

  const { wall } = options;
  const settings = () => resolved.settings;
  const reviving = wall && new Reviving({ directory, wall, clock, settings, lines, signal: ended });

  let account = options.account();
  /** All that is known is of an account; what another one's sessions are told would be doubted for long. */
  const lookAtAccount = async () => {
    const now = options.account();
    const isOther = now !== undefined && account !== undefined && now !== account;
    account = now ?? account;
    if (!isOther) return;
    askNow("another account was signed in");
    told.forget();
    await forgetAccount(howToRecord()).catch((error) => lines.write("reading", unwritten(error)));
  };

  let clearedAt: Date | undefined;
  let why = "asked to stop";
  while (!signal.aborted) {
    const { settings, problems } = resolved;
    lines.write("settings", problems.map((problem) => `settings not used: ${problem}`).join("; "));
    // What comes up from here on, also while this asking goes on, is asked for anew.
    held.mark();
    await lookAtAccount();
    isDue = false;
    const { doubted } = told;
    const observed = await readOnce(options, howToRecord(), { doubted, answered }, signal, lines);
    const reading = observed?.reading;
    if (reading && reading.kind !== "failed" && authorityOf(reading.source) === "live") {
      answered = reading.source;
    }
    if (doubted && reading) told.asked(opinionOn(doubted, reading), doubted);
    const outcome = observed?.kind === "fresh" ? "late" : observed;
    course.asked(outcome, now());
    history.look(settings);
    if (outcome && outcome !== "late") held.isOn = mayHold(outcome.decision, settings);
    reviving?.asked(!outcome || outcome === "late" || outcome.decision.status !== "open");
    if (settings.follow) follower?.check();
    await directory.removeOldMarks(now());
    await directory.removeEmptyPlaces(now());
    await directory.removeOldRequests(now());
    if (clearedAt === undefined || now().getTime() - clearedAt.getTime() >= DAY_MS) {
      clearedAt = now();
      await clear(options, log);
    }
    // One look for each rest: it is believed only the second time.
    let isHomeGone = false;
    for (;;) {
      const seconds = course.dueInSeconds(settings, now());
      if (isDue || seconds <= 0 || signal.aborted) break;
      await clock.delay(Math.min(seconds, LOOK_EVERY_SECONDS) * 1000, signal, resting.signal);
      if (resting.signal.aborted) resting = new AbortController();
      isHomeGone = options.isHomeGone();
      if (isHomeGone || !lock.isOurs()) break;
      // While sessions tell, it may be minutes until the next asking.
      const latest = await options.load();
      if (JSON.stringify(latest.settings) !== JSON.stringify(resolved.settings)) {
        askNow("the settings were changed");
      }
    }
    if (!lock.isOurs()) {
      why = "the state directory was removed or replaced";
      break;
    }
    if (isHomeGone) {
      why = "the home that it watched was removed";
      break;
    }
    resolved = await options.load();
  }
  ending.abort();
  await following;
  // Nobody looks any more: what is to end is not to be waited for with the gate open.
  if (lock.isOurs()) directory.closeGate();
  await reviving?.ended();
  return why;
}

async function clear({ clearForgotten }: DaemonOptions, log: Log): Promise<void> {
  try {
    for (const path of await clearForgotten()) {
      log.write(`cleared away: ${path}, since its home was removed`);
    }
  } catch (error) {
    log.write(`not cleared away: ${messageOf(error)}`);
  }
}

/** What is known when a reading is asked for. */
interface Asking {
  /** What waits for a second opinion. */
  readonly doubted: DatedReading | undefined;
  /** The source that answered last: one that hangs is not waited for again and again. */
  readonly answered: string | undefined;
}

/** Reads once; undefined when nothing came of it. */
async function readOnce(
  options: DaemonOptions,
  how: RecordOptions,
  { doubted, answered }: Asking,
  signal: AbortSignal,
  lines: FoldedLines,
): Promise<(Observed & { kind: "decided" | "fresh" }) | undefined> {
  try {
    const { source } = how.settings;
    const makeSource = options.sourceFor(source);
    if (!makeSource) throw new Error(`there is no source "${source}"`);
    const told = doubted ? [() => Promise.resolve(doubted)] : [];
    const witnesses = [...told, ...options.witnessesFor(source)];
    // A state that sessions have told names no source that could be asked.
    const isLive = (name: string) => authorityOf(name) === "live";
    const madeSource: typeof makeSource = (last) =>
      makeSource(last !== undefined && isLive(last) ? last : answered ?? last);
    const outcome = await observe({ ...how, source: madeSource, witnesses, signal });
    if (outcome.kind === "aborted") return undefined;
    if (outcome.kind === "fresh") return outcome;
    const { decision, reading } = outcome;
    lines.write("reading", `${decision.status} (${reading.source}): ${decision.reason}`);
    lines.write("advice", decision.advice.map((advice) => `advice: ${advice}`).join("; "));
    return outcome;
  } catch (error) {
    lines.write("reading", unwritten(error));
    return undefined;
  }
}

/**
 * What the asking says of a reading that was doubted. The shortest window tells whose it is. Where that
 * is not shown, or not when it resets, another one may tell that it is this account's, and nothing of its
 * numbers (`akin`); else the source is silent, unless what is shown is of another account.
 */
function opinionOn(doubted: DatedReading, reading: Reading): Parameters<Told["asked"]>[0] {
  // What is written down is no witness of what is written down.
  if (reading.kind === "failed" || authorityOf(reading.source) === "recorded") return "failed";
  const [told] = shortestFirst(doubted);
  const asked = told && windowLike(reading, told);
  if (asked && asked.resetsAt !== null) {
    if (!isSameReset(asked.resetsAt, told.resetsAt)) return "another";
    const isClose = doubted.windows.every((window) => {
      const { usedPercent } = windowLike(reading, window) ?? window;
      return Math.abs(usedPercent - window.usedPercent) <= 1;
    });
    return isClose ? "agreed" : "otherwise";
  }
  if (haveSameReset(reading, doubted)) return "akin";
  const isBehind = told && asked && asked.usedPercent < told.usedPercent - JUMP_PERCENT;
  return isBehind || !mayBeOneAccount(reading, doubted) ? "another" : "silent";
}

function mayHold(decision: Decision, { bounds }: Settings): boolean {
  const { status } = decision;
  return status === "blocked" || (status === "unknown" && bounds.onUnknown === "hold");
}

function unwritten(error: unknown): string {
  const why = messageOf(error);
  return `the state could not be written: ${why}`;
}
