import { join } from "@std/path";
import { buildId } from "../build_id.ts";
import type { Resolved, Settings } from "../config/settings.ts";
import { type FileLock, isLocked, tryLock } from "../files/lock.ts";
import { replaceFile } from "../files/replace_file.ts";
import { poll, type PollOptions } from "../poll/poll.ts";
import { delay } from "../process/delay.ts";
import { type Course, nextReadingSeconds as planNext } from "../quota/cadence.ts";
import type { Decision } from "../quota/decision.ts";
import { STATE_FILES } from "../state/files.ts";
import { closeGate } from "../state/gate.ts";
import { wakeHeld } from "../state/wake.ts";
import { HoldWatch } from "./hold_watch.ts";
import { FoldedLines, type Log, openLog } from "./log.ts";
import { stopRequested } from "./stop_request.ts";

/** How the daemon is to watch. */
export interface DaemonOptions {
  /** The state directory; the process must be allowed to write there. */
  readonly directory: string;
  /** Loads the settings; called before each reading, so that a change needs no restart. */
  readonly load: () => Promise<Resolved>;
  /** Gives the source of a name; undefined when there is none. */
  readonly sourceFor: (name: string) => PollOptions["source"] | undefined;
  /** Ends the daemon, and a poll that is under way. */
  readonly signal: AbortSignal;
  /** The wall clock. */
  readonly now: () => Date;
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
  using lock = await takeDaemonLock(join(directory, STATE_FILES.daemonLock));
  if (!lock) return false;

  const log = openLog(directory, options.now);
  const stopPath = join(directory, STATE_FILES.stop);
  const pidPath = join(directory, STATE_FILES.pid);
  await removeIfThere(stopPath);
  await replaceFile(pidPath, `${Deno.pid}\n`, 0o600);
  log.write(`started: pid ${Deno.pid}, version ${buildId()}`);

  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  const watching = stopRequested(directory, ended.signal).then(end);
  const why = await watch(options, lock, log, ended.signal);
  end();
  await watching;

  // Without its lock the directory belongs to another daemon, and so do the files in it.
  if (lock.isOurs()) {
    await removeIfThere(stopPath);
    await removeIfThere(pidPath);
    await closeGate(directory);
    await wakeHeld(directory, "look");
  }
  log.write(`ended: ${signal.aborted ? "by signal" : why}`);
  return true;
}

async function watch(
  options: DaemonOptions,
  lock: FileLock,
  log: Log,
  signal: AbortSignal,
): Promise<string> {
  const { directory, now } = options;
  const lines = new FoldedLines(log);
  let failures = 0;
  let resting = new AbortController();
  using held = new HoldWatch({
    directory,
    now: () => now().getTime(),
    onJump: () => {
      log.write("the clock jumped: the machine was asleep, or its clock was set");
      resting.abort();
    },
  });
  let nextReadingSeconds: number | undefined;
  while (!signal.aborted) {
    const { settings, problems } = await options.load();
    lines.write("settings", problems.map((problem) => `settings not used: ${problem}`).join("; "));
    nextReadingSeconds ??= settings.cadence.intervalSeconds;
    const course = await readOnce(options, settings, nextReadingSeconds, signal, lines);
    failures = course.isFailed ? failures + 1 : 0;
    nextReadingSeconds = planNext(settings.cadence, { ...course, failures, random: Math.random() });
    held.isOn = course.mayHold ?? held.isOn;
    await delay(nextReadingSeconds * 1000, signal, resting.signal);
    if (resting.signal.aborted) resting = new AbortController();
    if (!lock.isOurs()) return "the state directory was removed or replaced";
  }
  return "asked to stop";
}

/** Reads once, and tells what is known for planning the next reading. */
async function readOnce(
  options: DaemonOptions,
  settings: Settings,
  nextReadingSeconds: number,
  signal: AbortSignal,
  lines: FoldedLines,
): Promise<Omit<Course, "failures" | "random"> & { isFailed: boolean; mayHold?: boolean }> {
  const { directory, now } = options;
  const { thresholdPercent } = settings.policy.windows.fiveHour;
  const nothing = { usedPercent: null, thresholdPercent, burn: undefined, nextChange: null };
  try {
    const source = options.sourceFor(settings.source);
    if (!source) throw new Error(`there is no source "${settings.source}"`);
    const outcome = await poll({ directory, source, settings, nextReadingSeconds, signal, now });
    if (outcome.kind !== "decided") return { ...nothing, isFailed: false, now: now() };
    const { decision, reading, burn } = outcome;
    lines.write("reading", `${decision.status} (${reading.source}): ${decision.reason}`);
    lines.write("advice", decision.advice.map((advice) => `advice: ${advice}`).join("; "));
    const isFailed = reading.kind === "failed";
    const usedPercent = decision.window?.usedPercent ?? null;
    const nextChange = nextChangeOf(decision, now());
    const { status } = decision;
    const mayHold = status === "blocked" ||
      (status === "unknown" && settings.bounds.onUnknown === "hold");
    return { usedPercent, thresholdPercent, burn, nextChange, isFailed, mayHold, now: now() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    lines.write("reading", `the state could not be written: ${why}`);
    return { ...nothing, isFailed: true, now: now() };
  }
}

/** The next instant at which the decision changes by itself. */
function nextChangeOf(decision: Decision, now: Date): Date | null {
  const blockedUntil = decision.status === "blocked" ? decision.blockedUntil : null;
  const changes = [decision.window?.resetsAt, blockedUntil].flatMap((date) =>
    date && date > now ? [date.getTime()] : []
  );
  return changes.length > 0 ? new Date(Math.min(...changes)) : null;
}

/** A guard that looks whether the daemon lives holds the lock for an instant; that is no daemon. */
async function takeDaemonLock(path: string): Promise<FileLock | undefined> {
  for (;;) {
    const lock = tryLock(path, `${buildId()}\n`);
    if (lock || isLocked(path)) return lock;
    await delay(Math.random() * 10);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
