import { join } from "@std/path";
import { isLocked, tryLock } from "../files/lock.ts";
import type { FileLock } from "../files/lock.ts";
import { replaceFile } from "../files/replace_file.ts";
import { poll, type PollOptions } from "../poll/poll.ts";
import { delay } from "../process/delay.ts";
import { STATE_FILES } from "../state/files.ts";
import { type Log, openLog } from "./log.ts";
import { stopRequested } from "./stop_request.ts";

/** How the daemon is to watch. */
export interface DaemonOptions extends Omit<PollOptions, "unlessFresherThanSeconds"> {
  readonly intervalSeconds: number;
  /** Ends the daemon, and a poll that is under way. */
  readonly signal: AbortSignal;
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
  log.write(`started: pid ${Deno.pid}, source ${options.source.name}, ${policyText(options)}`);

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
  let lastLine = "";
  while (!signal.aborted) {
    const line = await pollForLog({ ...options, signal });
    // A day of the same reading is one line.
    if (line !== lastLine && line !== undefined) log.write(line);
    lastLine = line ?? lastLine;
    await delay(options.intervalSeconds * 1000, signal);
    if (!lock.isOurs()) return "the state directory was removed or replaced";
  }
  return "asked to stop";
}

async function pollForLog(options: PollOptions): Promise<string | undefined> {
  try {
    const outcome = await poll(options);
    if (outcome.kind !== "decided") return undefined;
    return `${outcome.decision.status}: ${outcome.decision.reason}`;
  } catch (error) {
    return `poll failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A guard that looks whether the daemon lives holds the lock for an instant; that is no daemon. */
async function takeDaemonLock(path: string): Promise<FileLock | undefined> {
  for (;;) {
    const lock = tryLock(path);
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

function policyText({ policy, intervalSeconds }: DaemonOptions): string {
  return `threshold ${policy.thresholdPercent}%, buffer ${policy.resetBufferSeconds} s, ` +
    `interval ${intervalSeconds} s`;
}
