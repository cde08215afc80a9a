import { join } from "@std/path";
import { startDaemon } from "../daemon/start_daemon.ts";
import { stopDaemon } from "../daemon/stop_daemon.ts";
import { makeDirectoryElsewhere, removeTreeElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import type { Simulation } from "../sources/simulated.ts";
import { STATE_FILES } from "../state/files.ts";
import { type QuotaState, readState } from "../state/state.ts";

/** The window is full after 5 s and resets after 9; the daemon reads it every second. */
const FULL_AFTER_SECONDS = 5;
const RESET_AFTER_SECONDS = 9;
const BUFFER_SECONDS = 1;
const INTERVAL_SECONDS = 1;

/** The simulated agent calls a tool this often, in milliseconds. */
const TOOL_EVERY_MS = 400;

/** A call that takes longer than this is held; one that goes through takes some 40 ms. */
const HELD_AFTER_MS = 350;

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
 * Runs the real daemon and the real guard against the simulated source, in a private temporary
 * directory that is removed afterwards, until one tool call was held and the window is open again.
 *
 * @param parent The directory for temporary files.
 * @param show Called with each event as it happens.
 * @param signal Ends it early.
 * @throws When the daemon cannot be started.
 */
export async function runSimulation(
  parent: string,
  show: (event: SimulationEvent) => void,
  signal: AbortSignal,
): Promise<SimulationResult> {
  const directory = join(parent, `quota-sentry-simulation-${crypto.randomUUID()}`);
  await makeDirectoryElsewhere(directory);
  try {
    // On a whole second, as the times in the state are.
    const startedAtMs = Math.ceil(Date.now() / 1000) * 1000;
    const script: Simulation = {
      startedAtMs,
      fullAfterSeconds: FULL_AFTER_SECONDS,
      resetAfterSeconds: RESET_AFTER_SECONDS,
    };
    await writeElsewhere(join(directory, STATE_FILES.simulation), JSON.stringify(script), 0o600);
    await delay(startedAtMs - Date.now(), signal);
    const started = await startDaemon(directory, [
      "daemon",
      "--source=simulated",
      `--interval-seconds=${INTERVAL_SECONDS}`,
      `--reset-buffer-seconds=${BUFFER_SECONDS}`,
      `--state-dir=${directory}`,
    ], []);
    if (started.kind === "failed") throw new Error(`the daemon did not start: ${started.reason}`);
    return await new Agent(directory, startedAtMs, show, signal).run();
  } finally {
    await stopDaemon(directory);
    await removeTreeElsewhere(directory);
  }
}

/** An agent that calls tools, each behind the guard, and is held. */
class Agent {
  readonly #directory: string;
  readonly #startedAtMs: number;
  readonly #show: (event: SimulationEvent) => void;
  readonly #signal: AbortSignal;
  #seen: QuotaState | undefined;
  #wasHeld = false;

  constructor(
    directory: string,
    startedAtMs: number,
    show: (event: SimulationEvent) => void,
    signal: AbortSignal,
  ) {
    this.#directory = directory;
    this.#startedAtMs = startedAtMs;
    this.#show = show;
    this.#signal = signal;
  }

  async run(): Promise<SimulationResult> {
    const passedMs: number[] = [];
    let printed = "";
    for (let call = 1; !this.#isOver(); call++) {
      const { ms, output } = await this.#callTool(call);
      printed += output;
      if (ms <= HELD_AFTER_MS) passedMs.push(ms);
      await delay(Math.max(0, TOOL_EVERY_MS - ms), this.#signal);
    }
    return { passedMs, printed };
  }

  #isOver(): boolean {
    this.#look();
    return this.#signal.aborted || (this.#wasHeld && this.#seen?.status === "open");
  }

  /** Runs the guard as a harness does before a tool call. */
  async #callTool(call: number): Promise<{ ms: number; output: string }> {
    const before = performance.now();
    const guard = spawnItself({
      args: [
        "guard",
        "--state-only",
        `--state-dir=${this.#directory}`,
        "--max-state-age-seconds=60",
      ],
      stdout: "piped",
      stderr: "piped",
    });
    let ended = false;
    const done = Promise.all([
      new Response(guard.stdout).text(),
      new Response(guard.stderr).text(),
      guard.status,
    ]).finally(() => ended = true);
    let held = false;
    while (!ended) {
      this.#look();
      if (!held && performance.now() - before > HELD_AFTER_MS) {
        held = true;
        this.#show({ kind: "held", atMs: this.#atMs(), call });
      }
      if (this.#signal.aborted) guard.kill("SIGTERM");
      await Promise.race([done, delay(50)]);
    }
    const now = Date.now();
    const ms = performance.now() - before;
    if (held && !this.#signal.aborted) {
      this.#wasHeld = true;
      const afterResetMs = now - (this.#startedAtMs + RESET_AFTER_SECONDS * 1000);
      this.#show({ kind: "released", atMs: this.#atMs(), call, heldMs: ms, afterResetMs });
    }
    const [stdout, stderr] = await done;
    return { ms, output: stdout + stderr };
  }

  /** Shows the state when it is a new one. */
  #look(): void {
    const state = readState(join(this.#directory, STATE_FILES.state));
    if (!state || state.updatedAt.getTime() === this.#seen?.updatedAt.getTime()) return;
    this.#seen = state;
    this.#show({ kind: "reading", atMs: this.#atMs(), state });
  }

  #atMs(): number {
    return Date.now() - this.#startedAtMs;
  }
}
