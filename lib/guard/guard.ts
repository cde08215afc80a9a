import { isDaemonAlive } from "../daemon/liveness.ts";
import { stateDirectory } from "../paths/state_directory.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import { STATE_FILES } from "../state/files.ts";
import { pausedUntil } from "../state/pause.ts";
import { DEFAULT_GUARD_RULES, readState } from "../state/state.ts";
import type { GuardOptions } from "./arguments.ts";
import { DISABLE_VARIABLE, isDisabled } from "./bypass.ts";
import { beginHold, type Hold, stepHold } from "./hold.ts";
import { notify } from "./notice.ts";
import { takePlace } from "./queue.ts";
import { drainStdin } from "./stdin.ts";
import { atBound, type Evidence, verdictOn } from "./verdict.ts";

/** A held guard looks at the state this often, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A held guard without a daemon reads the quota this often. */
const DEFAULT_RECHECK_SECONDS = 60;

/** What came of a guard. */
export interface Outcome {
  /** One sentence, for `--verbose`. */
  readonly text: string;
  /** Why the call is to be denied; only where the user's settings ask for that. */
  readonly denial?: string;
}

/**
 * The guard: returns at once while the quota is open, and holds, in silence, while it is spent. It
 * loads nothing that it does not need, since an agent calls it with every tool.
 *
 * @param options undefined when the arguments were wrong: then it only takes its input.
 */
export async function guard(options: GuardOptions | undefined): Promise<Outcome> {
  const parent = Deno.ppid;
  const stdinEnded = drainStdin();
  let outcome: Outcome = { text: "let go: the arguments were wrong" };
  try {
    if (options) outcome = await decideAndHold(options, parent);
  } catch (error) {
    outcome = { text: `let go: ${error instanceof Error ? error.message : String(error)}` };
  }
  await stdinEnded();
  return outcome;
}

async function decideAndHold(options: GuardOptions, parent: number): Promise<Outcome> {
  if (isDisabled()) return { text: `let go: ${DISABLE_VARIABLE} is set` };
  const directory = stateDirectory(options, Deno.env.get, Deno.cwd);
  if (directory === undefined) return { text: "let go: HOME is not set" };

  const paused = pausedUntil(directory, new Date());
  if (paused) return { text: `let go: paused until ${formatTimestamp(paused)}` };

  if (options.startDaemon && !isDaemonAlive(directory)) await startDaemon(options, directory);
  let look = evidence(directory, options);
  let verdict = verdictOn(look);
  if (verdict.kind === "ask" && !options.stateOnly) {
    await readQuota(options, directory, look.maxStateAgeSeconds);
    look = evidence(directory, options);
    verdict = verdictOn(look);
  }
  if (verdict.kind === "hold" && look.state) {
    return await hold(beginHold(look.now, verdict.until, look.state), options, directory, parent);
  }
  return outcomeOf(verdict.kind, verdict.reason);
}

function outcomeOf(kind: string, reason: string): Outcome {
  return kind === "deny"
    ? { text: `denied: ${reason}`, denial: `Quota Sentry: ${reason}.` }
    : { text: `let go: ${reason}` };
}

async function hold(
  begun: Hold,
  options: GuardOptions,
  directory: string,
  parent: number,
): Promise<Outcome> {
  const startedAt = Date.now();
  const ahead = takePlace(directory);
  if (!options.noNotify) await notify(begun.until);
  void record(directory, `held until ${formatTimestamp(begun.until)}: ${begun.state.reason}`);
  const recheckMs = (options.intervalSeconds ?? DEFAULT_RECHECK_SECONDS) * 1000;
  const isParentGone = () => Deno.ppid !== parent;
  let current = begun;
  let readAt = startedAt;
  for (;;) {
    const look = evidence(directory, options);
    const isPaused = pausedUntil(directory, look.now) !== undefined;
    const step = stepHold(current, { ...look, isPaused, isParentGone: isParentGone() });
    if (step.kind !== "hold") {
      if (step.kind === "release" && step.isReset) {
        const isOver = () => isParentGone() || pausedUntil(directory, new Date()) !== undefined;
        await waitForTurn(ahead * current.state.guard.staggerSeconds, isOver);
      }
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      const end = step.kind === "bound" ? atBound(current.state, step.reason).kind : "pass";
      const outcome = outcomeOf(end, step.reason);
      const text = `held for ${seconds} s, ${outcome.text}`;
      await record(directory, text);
      return { ...outcome, text };
    }
    current = step.hold;
    // Without a daemon nobody else would notice an early reset.
    if (!options.stateOnly && !look.isDaemonAlive && Date.now() - readAt >= recheckMs) {
      readAt = Date.now();
      void readQuota(options, directory, recheckMs / 1000);
    }
    const end = current.bound ? Math.min(+current.bound, +current.until) : +current.until;
    await sleep(end - Date.now());
  }
}

/** Notes a hold in the log; it never throws. */
async function record(directory: string, text: string): Promise<void> {
  try {
    const [{ appendElsewhere }, { logLine }] = await Promise.all([
      import("../files/elsewhere.ts"),
      import("../daemon/log.ts"),
    ]);
    const line = logLine(`guard ${Deno.pid}: ${text}`, new Date());
    await appendElsewhere(`${directory}/${STATE_FILES.log}`, line);
  } catch {
    // A line that is lost must not cost the agent anything.
  }
}

/** Agents that were held together start again one after the other, in order of arrival. */
async function waitForTurn(seconds: number, isOver: () => boolean): Promise<void> {
  // Not by the wall clock: one that is set back must not make anybody wait longer.
  const turn = performance.now() + seconds * 1000;
  while (performance.now() < turn && !isOver()) await sleep(turn - performance.now());
}

/** Sleeps to the next look, or for some milliseconds if that is less. */
function sleep(ms: number): Promise<void> {
  // Bounded from below as well: a clock that moves meanwhile must not make this spin.
  return new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, Math.max(ms, 1))));
}

function evidence(directory: string, options: GuardOptions): Evidence {
  const state = readState(`${directory}/${STATE_FILES.state}`);
  return {
    state,
    now: new Date(),
    isDaemonAlive: isDaemonAlive(directory),
    maxStateAgeSeconds: options.maxStateAgeSeconds ??
      (state?.guard ?? DEFAULT_GUARD_RULES).maxStateAgeSeconds,
  };
}

/** Reads the quota in a process of its own, unless somebody has just done so. */
async function readQuota(
  options: GuardOptions,
  directory: string,
  maxAgeSeconds: number,
): Promise<void> {
  const poll = await startItself([
    "poll",
    `--unless-fresher-than=${maxAgeSeconds}`,
    ...sharedArguments(options, directory),
  ]);
  await poll?.status;
}

/** Starts the daemon; that it gets its lock is not waited for, since the agent need not feel it. */
async function startDaemon(options: GuardOptions, directory: string): Promise<void> {
  const { intervalSeconds } = options;
  const interval = intervalSeconds === undefined ? [] : [`--interval-seconds=${intervalSeconds}`];
  await startItself(["start", "--quiet", ...interval, ...sharedArguments(options, directory)]);
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

function sharedArguments(options: GuardOptions, directory: string): string[] {
  const args = [`--state-dir=${directory}`];
  const { thresholdPercent, resetBufferSeconds, maxStateAgeSeconds, source, provider } = options;
  if (thresholdPercent !== undefined) args.push(`--threshold-percent=${thresholdPercent}`);
  if (resetBufferSeconds !== undefined) args.push(`--reset-buffer-seconds=${resetBufferSeconds}`);
  if (maxStateAgeSeconds !== undefined) {
    args.push(`--max-state-age-seconds=${maxStateAgeSeconds}`);
  }
  if (source !== undefined) args.push(`--source=${source}`);
  if (provider !== undefined) args.push(`--provider=${provider}`);
  return args;
}

/** The line that `--verbose` prints. */
export function verboseLine({ text }: Outcome): string {
  return `${formatTimestamp(new Date())} guard: ${text}`;
}
