import { buildId } from "../process/build_id.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import { type DaemonNote, daemonNote } from "../state/daemon_note.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { DAEMON_EXIT } from "./exit_codes.ts";
import type { StartOutcome } from "./start_outcome.ts";
import { stopDaemon } from "./stop_daemon.ts";

/** The daemon that is wanted. */
export interface WantedDaemon {
  /** Its arguments, its hidden command included. */
  readonly args: readonly string[];
  /** The programs on PATH here that the quota can be read with. */
  readonly sees?: readonly string[];
  /** The settings among the arguments. */
  readonly rules?: readonly string[];
  /** One that runs with other settings is replaced. */
  readonly mustHaveRules?: boolean;
}

/** A daemon takes 0.1 s to get its lock; on a machine that is busy to its limit, seconds. */
const START_TIMEOUT_MS = 10_000;
const WRITTEN_TIMEOUT_MS = 1_000;
const LOOK_EVERY_MS = 10;

/** How often it is tried where others start daemons with other settings meanwhile. */
const MAX_TRIES = 3;

/**
 * Starts the daemon of a state directory that exists, in a session of its own, and waits until it has
 * its lock or is known not to get it. One of another build is replaced, or that sees too little.
 */
export async function startDaemon(
  directory: StateDirectory,
  { args, sees = [], rules = [], mustHaveRules = false }: WantedDaemon,
): Promise<StartOutcome> {
  let isCompared = mustHaveRules;
  const hasThem = (note: DaemonNote | undefined) =>
    !isCompared || rules.join() === note?.rules?.join();
  const noted = () => writtenDown(() => daemonNote(directory));
  const isWanted = (note: DaemonNote | undefined) =>
    note?.build === buildId() && !isBlind(note, sees, directory) && hasThem(note);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (directory.isDaemonAlive()) {
      if (isWanted(await noted())) return await alreadyRunning(directory);
      // One that was left running when the binary was upgraded, or when its hooks were given other options,
      // knows other rules; one that a desktop app has started may see no program that tells the quota.
      if (await stopDaemon(directory, "this") === "timeout") {
        return failed(
          directory,
          "one of another build, or with other options, runs and does not end",
        );
      }
      // Another one's, which may be all right.
      if (directory.isDaemonAlive()) continue;
      // What it had is to go on, whoever else starts one now.
      isCompared = true;
    }
    const outcome = await startOne(directory, args);
    if (outcome.kind !== "already-running" || hasThem(await noted())) return outcome;
  }
  if (directory.isDaemonAlive() && isWanted(await noted())) return await alreadyRunning(directory);
  return failed(directory, "others start one with other options meanwhile");
}

function failed(directory: StateDirectory, reason: string): StartOutcome {
  return { kind: "failed", reason, isAnotherThere: directory.isDaemonAlive() };
}

async function startOne(
  directory: StateDirectory,
  args: readonly string[],
): Promise<StartOutcome> {
  const child = spawnItself({ args, cwd: directory.path, detached: true });
  const ended = child.status;
  let exit: Deno.CommandStatus | undefined;
  ended.then((status) => exit = status);

  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (exit) return await ofEnded(exit, directory);
    if (directory.daemonPid() === child.pid && directory.isDaemonAlive()) {
      child.unref();
      return { kind: "started", pid: child.pid };
    }
    await delay(LOOK_EVERY_MS);
  }
  child.unref();
  return failed(directory, `it did not report within ${START_TIMEOUT_MS / 1000} s`);
}

async function alreadyRunning(directory: StateDirectory): Promise<StartOutcome> {
  return { kind: "already-running", pid: await writtenDown(() => directory.daemonPid()) };
}

/** Whether a daemon does not know the quota, and may not run a program that is here to tell it. */
function isBlind(note: DaemonNote, sees: readonly string[], directory: StateDirectory): boolean {
  return directory.state()?.status === "unknown" && sees.some((name) => !note.sees.includes(name));
}

/** What a daemon that has only just got its lock has yet to write down. */
async function writtenDown<T>(read: () => T | undefined): Promise<T | undefined> {
  const deadline = performance.now() + WRITTEN_TIMEOUT_MS;
  let value = read();
  while (value === undefined && performance.now() < deadline) {
    await delay(LOOK_EVERY_MS);
    value = read();
  }
  return value;
}

async function ofEnded(exit: Deno.CommandStatus, directory: StateDirectory): Promise<StartOutcome> {
  if (exit.code === DAEMON_EXIT.alreadyRunning) return await alreadyRunning(directory);
  // Somebody has told it to end; where that was to start another one, the quota is watched.
  const isAlive = () => directory.isDaemonAlive() || undefined;
  if (exit.code === 0 && await writtenDown(isAlive)) return await alreadyRunning(directory);
  const reason = exit.code === DAEMON_EXIT.cannotWrite
    ? `it cannot write in ${directory.path}`
    : `it ended at once with code ${exit.code}`;
  return failed(directory, reason);
}
