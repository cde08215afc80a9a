import { sharedArguments } from "../config/shared.ts";
import { within } from "../process/within.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import type { GuardOptions } from "./arguments.ts";

/** A prompt waits so long for its own reading, in milliseconds; what comes later is for the next call. */
const PATIENCE_MS = 3_000;

/** Reads the quota in a process of its own, unless somebody has just done so; it goes on if it is slow. */
export async function readQuota(
  options: GuardOptions,
  directory: StateDirectory,
  maxAgeSeconds: number,
  start = startItself,
): Promise<void> {
  const poll = await start([
    "poll",
    `--unless-fresher-than=${maxAgeSeconds}`,
    ...passedOn(options, directory),
  ]);
  if (!poll) return;
  await within(poll.status, PATIENCE_MS);
  // It is in a session of its own, and nobody waits for it any more.
  poll.unref();
}

/** Starts the daemon; that it gets its lock is not waited for, since the agent need not feel it. */
export async function startDaemon(
  options: GuardOptions,
  directory: StateDirectory,
  start = startItself,
): Promise<void> {
  await start(["start", "--quiet", ...passedOn(options, directory)]);
}

/**
 * Starts another command in a session of its own: a hook that is killed takes its process group with
 * it, and a poll that dies half-way would leave codexbar without a deadline.
 *
 * @returns undefined when it cannot be started: then the state stays as it is, and an unknown quota
 * stops nobody.
 */
async function startItself(args: string[]): Promise<Deno.ChildProcess | undefined> {
  try {
    const { spawnItself } = await import("../process/itself.ts");
    return spawnItself({ args, detached: true });
  } catch {
    return undefined;
  }
}

function passedOn(options: GuardOptions, directory: StateDirectory): string[] {
  const { provider } = options;
  return [
    `--state-dir=${directory.path}`,
    ...sharedArguments(options),
    ...(provider === undefined ? [] : [`--provider=${provider}`]),
  ];
}
