import { startDaemon } from "../daemon/start_daemon.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import { signalChild } from "../process/signal_child.ts";
import type { Simulation } from "../sources/simulated.ts";
import type { QuotaState } from "../state/state.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { HoldLog } from "./hold_log.ts";
import { nextSecond, type Stage } from "./stage.ts";

/** The window is full after 5 s and resets after 9; the daemon reads it every second. */
const FULL_AFTER_SECONDS = 5;
const RESET_AFTER_SECONDS = 9;
const BUFFER_SECONDS = 1;
const INTERVAL_SECONDS = 1;

/** The simulated agent calls a tool this often, in milliseconds. */
const TOOL_EVERY_MS = 400;

/** How often to look at the state and at the log. */
const LOOK_EVERY_MS = 50;

/** Who was not held by then, after the reset, will not be. */
const GIVE_UP_AFTER_RESET_MS = 5_000;

/** Something that happened; times in milliseconds since the start. */
export type SimulationEvent =
  | { readonly kind: "reading"; readonly atMs: number; readonly state: QuotaState }
  | { readonly kind: "held"; readonly atMs: number; readonly call: number }
  | {
    readonly kind: "released";
    readonly atMs: number;
    readonly call: number;
    readonly heldMs: number;
    /** Milliseconds between the window's reset and the agent going on. */
    readonly afterResetMs: number;
  };

/** What the simulation showed. */
export interface SimulationResult {
  /** How long the calls took that were not held, in milliseconds. */
  readonly passedMs: readonly number[];
  /** What all the guards printed; nothing, if they are right. */
  readonly printed: string;
}

/**
 * Runs the real daemon and the real guard against the simulated source, until one tool call was held
 * and the window is open again.
 *
 * @param show Called with each event as it happens.
 * @throws When the daemon cannot be started.
 */
export async function runHold(
  { stateDirectory, signal }: Stage,
  show: (event: SimulationEvent) => void,
): Promise<SimulationResult> {
  const startedAtMs = await nextSecond(signal);
  const script: Simulation = {
    startedAtMs,
    fullAfterSeconds: FULL_AFTER_SECONDS,
    resetAfterSeconds: RESET_AFTER_SECONDS,
  };
  Deno.writeTextFileSync(stateDirectory.file("simulation"), JSON.stringify(script));
  const started = await startDaemon(stateDirectory, [
    "daemon",
    "--source=simulated",
    `--interval-seconds=${INTERVAL_SECONDS}`,
    `--reset-buffer-seconds=${BUFFER_SECONDS}`,
    `--state-dir=${stateDirectory.path}`,
  ], []);
  if (started.kind === "failed") throw new Error(`the daemon did not start: ${started.reason}`);
  return await new Agent(stateDirectory, startedAtMs, show, signal).run();
}

/** An agent that calls tools, each behind the guard, and is held. */
class Agent {
  readonly #directory: StateDirectory;
  readonly #startedAtMs: number;
  readonly #show: (event: SimulationEvent) => void;
  readonly #signal: AbortSignal;
  readonly #holds: HoldLog;
  #seen: QuotaState | undefined;
  #wasHeld = false;

  constructor(
    directory: StateDirectory,
    startedAtMs: number,
    show: (event: SimulationEvent) => void,
    signal: AbortSignal,
  ) {
    this.#directory = directory;
    this.#holds = new HoldLog(directory);
    this.#startedAtMs = startedAtMs;
    this.#show = show;
    this.#signal = signal;
  }

  async run(): Promise<SimulationResult> {
    const passedMs: number[] = [];
    let printed = "";
    for (let call = 1; !this.#isOver(); call++) {
      const { ms, output, held } = await this.#callTool(call);
      printed += output;
      if (!held) passedMs.push(ms);
      await delay(Math.max(0, TOOL_EVERY_MS - ms), this.#signal);
    }
    return { passedMs, printed };
  }

  #isOver(): boolean {
    this.#look();
    const isOpen = this.#wasHeld && this.#seen?.status === "open";
    return this.#signal.aborted || isOpen || this.#afterResetMs() > GIVE_UP_AFTER_RESET_MS;
  }

  /** Runs the guard as a harness does before a tool call. */
  async #callTool(call: number): Promise<{ ms: number; output: string; held: boolean }> {
    const before = performance.now();
    const guard = spawnItself({
      args: [
        "guard",
        "--state-only",
        `--state-dir=${this.#directory.path}`,
        "--max-state-age-seconds=60",
      ],
      stdout: "piped",
      stderr: "piped",
    });
    const end = () => signalChild(guard, "SIGTERM");
    this.#signal.addEventListener("abort", end, { once: true });
    let ended = false;
    const done = Promise.all([
      new Response(guard.stdout).text(),
      new Response(guard.stderr).text(),
      guard.status,
    ]).finally(() => ended = true);
    let held = false;
    do {
      await Promise.race([done, delay(LOOK_EVERY_MS)]);
      this.#look();
      if (!held && this.#holds.hasHeld(guard.pid)) {
        held = true;
        this.#show({ kind: "held", atMs: this.#atMs(), call });
      }
    } while (!ended);
    const ms = performance.now() - before;
    this.#signal.removeEventListener("abort", end);
    if (held && !this.#signal.aborted) {
      this.#wasHeld = true;
      const afterResetMs = this.#afterResetMs();
      this.#show({ kind: "released", atMs: this.#atMs(), call, heldMs: ms, afterResetMs });
    }
    const [stdout, stderr] = await done;
    return { ms, output: stdout + stderr, held };
  }

  /** Takes in who holds, and shows the state when it is a new one. */
  #look(): void {
    this.#holds.look();
    const state = this.#directory.state();
    if (!state || state.updatedAt.getTime() === this.#seen?.updatedAt.getTime()) return;
    this.#seen = state;
    this.#show({ kind: "reading", atMs: this.#atMs(), state });
  }

  #atMs(): number {
    return Date.now() - this.#startedAtMs;
  }

  #afterResetMs(): number {
    return this.#atMs() - RESET_AFTER_SECONDS * 1000;
  }
}
