import { isDaemonAlive } from "../daemon/liveness.ts";
import { stateDirectory } from "../paths/state_directory.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import { STATE_FILES } from "../state/files.ts";
import { readState } from "../state/state.ts";
import type { GuardOptions } from "./arguments.ts";
import { beginHold, stepHold } from "./hold.ts";
import { notify } from "./notice.ts";
import { drainStdin } from "./stdin.ts";
import { type Evidence, verdictOn } from "./verdict.ts";

/** Set to anything but `0` or `false`, it lets every guard pass. */
const DISABLE_VARIABLE = "QUOTA_SENTRY_DISABLE";

/** A held guard looks at the state this often, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/**
 * The guard: returns at once while the quota is open, and holds, in silence, while it is spent. It
 * loads nothing that it does not need, since an agent calls it with every tool.
 *
 * @param options undefined when the arguments were wrong: then it only takes its input.
 * @returns What happened, in one sentence, for `--verbose`.
 */
export async function guard(options: GuardOptions | undefined): Promise<string> {
  const parent = Deno.ppid;
  const stdinEnded = drainStdin();
  let outcome = "let go: the arguments were wrong";
  try {
    if (options) outcome = await decideAndHold(options, parent);
  } catch (error) {
    outcome = `let go: ${error instanceof Error ? error.message : String(error)}`;
  }
  await stdinEnded();
  return outcome;
}

async function decideAndHold(options: GuardOptions, parent: number): Promise<string> {
  if (isDisabled()) return `let go: ${DISABLE_VARIABLE} is set`;
  const directory = stateDirectory(options.stateDir, Deno.env.get, Deno.cwd);
  if (directory === undefined) return "let go: HOME is not set";
  const look = () => evidence(directory, options);

  // Not waited for: the agent need not feel it.
  if (options.startDaemon && !isDaemonAlive(directory)) void startDaemon(options, directory);
  let verdict = verdictOn(look());
  if (verdict.kind === "ask" && !options.stateOnly) {
    await readQuota(options, directory, options.maxStateAgeSeconds);
    verdict = verdictOn(look());
  }
  if (verdict.kind === "hold") return await hold(verdict.until, options, directory, parent);
  return `let go: ${verdict.reason}`;
}

async function hold(
  until: Date,
  options: GuardOptions,
  directory: string,
  parent: number,
): Promise<string> {
  const startedAt = new Date();
  if (!options.noNotify) await notify(until);
  let current = beginHold(startedAt, until);
  let readAt = startedAt.getTime();
  for (;;) {
    const look = evidence(directory, options);
    const step = stepHold(current, { ...look, isParentGone: Deno.ppid !== parent });
    if (step.kind === "release") {
      const seconds = (Date.now() - startedAt.getTime()) / 1000;
      return `held for ${seconds.toFixed(1)} s, let go: ${step.reason}`;
    }
    current = step.hold;
    // Without a daemon nobody else would notice an early reset.
    const isReadingDue = Date.now() - readAt >= options.intervalSeconds * 1000;
    if (!options.stateOnly && !look.isDaemonAlive && isReadingDue) {
      readAt = Date.now();
      void readQuota(options, directory, options.intervalSeconds);
    }
    // Bounded from below as well: a clock that moves meanwhile must not make this spin.
    const left = current.until.getTime() - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, Math.max(left, 1))));
  }
}

function evidence(directory: string, options: GuardOptions): Evidence {
  return {
    state: readState(`${directory}/${STATE_FILES.state}`),
    now: new Date(),
    isDaemonAlive: isDaemonAlive(directory),
    maxStateAgeSeconds: options.maxStateAgeSeconds,
  };
}

function isDisabled(): boolean {
  const value = Deno.env.get(DISABLE_VARIABLE)?.trim().toLowerCase();
  return value !== undefined && !["", "0", "false"].includes(value);
}

/** Reads the quota in a process of its own, unless somebody has just done so. */
async function readQuota(
  options: GuardOptions,
  directory: string,
  maxAgeSeconds: number,
): Promise<void> {
  await runItself([
    "poll",
    "--if-stale",
    ...sharedArguments(options, directory),
    `--max-state-age-seconds=${maxAgeSeconds}`,
  ]);
}

async function startDaemon(options: GuardOptions, directory: string): Promise<void> {
  const interval = `--interval-seconds=${options.intervalSeconds}`;
  await runItself(["start", "--quiet", interval, ...sharedArguments(options, directory)]);
}

/**
 * Runs another command to its end. It has a session of its own: a hook that is killed takes its
 * process group with it, and a poll that dies half-way would leave codexbar without a deadline.
 */
async function runItself(args: string[]): Promise<void> {
  try {
    const { spawnItself } = await import("../process/itself.ts");
    await spawnItself({ args, detached: true }).status;
  } catch {
    // Then the state stays as it is, and an unknown quota stops nobody.
  }
}

function sharedArguments(options: GuardOptions, directory: string): string[] {
  const args = [`--state-dir=${directory}`];
  const { thresholdPercent, resetBufferSeconds, source } = options;
  if (thresholdPercent !== undefined) args.push(`--threshold-percent=${thresholdPercent}`);
  if (resetBufferSeconds !== undefined) args.push(`--reset-buffer-seconds=${resetBufferSeconds}`);
  if (source !== undefined) args.push(`--source=${source}`);
  return args;
}

/** The line that `--verbose` prints. */
export function verboseLine(outcome: string): string {
  return `${formatTimestamp(new Date())} guard: ${outcome}`;
}
