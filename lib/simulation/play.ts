import { dirname, join } from "@std/path";
import { resolveSettings } from "../config/settings.ts";
import { newState } from "../daemon/new_state.ts";
import { startDaemon } from "../daemon/start_daemon.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import { signalChild } from "../process/signal_child.ts";
import { spawn } from "../process/spawn.ts";
import { settle } from "../quota/block.ts";
import { decide } from "../quota/decision.ts";
import { simulate, type Simulation } from "../sources/simulated.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import type { State } from "../state/state.ts";
import { HoldLog } from "./hold_log.ts";
import { USUAL_SPEED } from "./names.ts";
import type { Act, Hold, Players, Scenario, Seen } from "./scenario.ts";
import { nextSecond, type Stage } from "./stage.ts";

/** On a busy machine a program takes seconds to start, at any speed, in milliseconds. */
const PATIENCE_MS = 30_000;

/** At the usual speed: agents wait so much longer than the reset, and the quota is read so often. */
const BUFFER_SECONDS = 1;
const INTERVAL_SECONDS = 1;
const MOST_INTERVAL_SECONDS = 60;

/** The simulated agent calls a tool this often, in milliseconds. */
const TOOL_EVERY_MS = 400;

/** How often to look at the state and at the log. */
const LOOK_EVERY_MS = 50;

/** Something that happened; times in milliseconds since the start. */
export type PlayEvent =
  | { readonly kind: "reading"; readonly atMs: number; readonly state: State }
  | { readonly kind: "news"; readonly atMs: number; readonly news: string }
  | { readonly kind: "held"; readonly atMs: number; readonly call: number }
  | {
    readonly kind: "released";
    readonly atMs: number;
    readonly call: number;
    readonly heldMs: number;
    /** Milliseconds between the reset that was waited for and the agent going on, where one is known. */
    readonly afterResetMs: number | undefined;
  };

/** What came of a play. */
export interface Played {
  readonly seen: Seen;
  /** What all the guards printed; nothing, if they are right. */
  readonly printed: string;
}

/**
 * Plays a scenario to one agent, with the real daemon and the real guard.
 *
 * @param speed How much faster than real time the quota runs.
 * @param show Called with each event as it happens.
 * @throws When the daemon cannot be started.
 */
export async function play(
  scenario: Scenario,
  stage: Stage,
  speed: number,
  show: (event: PlayEvent) => void,
): Promise<Played> {
  const startedAtMs = await nextSecond(stage.signal);
  return await new Play(scenario, stage, USUAL_SPEED / speed, startedAtMs, show).run();
}

class Play {
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  /** How many times as long everything lasts as at the usual speed. */
  readonly #stretch: number;
  readonly #startedAtMs: number;
  readonly #show: (event: PlayEvent) => void;
  readonly #log: HoldLog;
  readonly #directory: OwnStateDirectory;
  readonly #acts: Act[];
  readonly #holds: Hold[] = [];
  readonly #passed: Seen["passed"][number][] = [];
  readonly #states: Seen["states"][number][] = [];
  #guard: Deno.ChildProcess | undefined;
  #isStarted = false;
  #isAsleep = false;
  #printed = "";

  constructor(
    scenario: Scenario,
    stage: Stage,
    stretch: number,
    startedAtMs: number,
    show: (event: PlayEvent) => void,
  ) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.#stretch = stretch;
    this.#startedAtMs = startedAtMs;
    this.#show = show;
    this.#directory = new OwnStateDirectory(stage.stateDirectory.path);
    this.#log = new HoldLog(this.#directory);
    this.#acts = [...scenario.acts ?? []];
  }

  async run(): Promise<Played> {
    const path = this.#directory.file("simulation");
    Deno.writeTextFileSync(path, JSON.stringify(this.#simulation()));
    try {
      for (let call = 1; !await this.#isOver(); call++) {
        const before = performance.now();
        await this.#callTool(call);
        const every = TOOL_EVERY_MS * Math.max(1, this.#stretch);
        await this.#rest(every - (performance.now() - before));
      }
    } finally {
      // Who is asked to end cannot hear it asleep.
      await this.#wake();
    }
    return { seen: this.#seen(), printed: this.#printed };
  }

  async #isOver(): Promise<boolean> {
    await this.#look();
    const seen = this.#seen();
    return this.#stage.signal.aborted || this.#scenario.isOver(seen) || this.#isLate(seen);
  }

  #isLate({ atMs, ms }: Seen): boolean {
    return atMs > ms(this.#scenario.giveUpSeconds) + PATIENCE_MS;
  }

  /** Waits, with an eye on what happens. */
  async #rest(forMs: number): Promise<void> {
    const until = performance.now() + forMs;
    while (performance.now() < until && !this.#stage.signal.aborted) {
      await delay(Math.min(LOOK_EVERY_MS, until - performance.now()), this.#stage.signal);
      await this.#look();
    }
  }

  /** Runs the guard as a harness does before a tool call. */
  async #callTool(call: number): Promise<void> {
    const { signal } = this.#stage;
    const before = performance.now();
    const guard = spawnItself({
      args: [
        "guard",
        "--state-only",
        `--state-dir=${this.#directory.path}`,
        `--max-state-age-seconds=${3 * MOST_INTERVAL_SECONDS}`,
      ],
      stdout: "piped",
      stderr: "piped",
    });
    this.#guard = guard;
    const end = () => signalChild(guard, "SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    let ended = false;
    const done = Promise.all([
      new Response(guard.stdout).text(),
      new Response(guard.stderr).text(),
      guard.status,
    ]).finally(() => ended = true);
    let hold: number | undefined;
    do {
      await Promise.race([done, delay(LOOK_EVERY_MS)]);
      await this.#look();
      if (hold === undefined && this.#log.hasHeld(guard.pid)) {
        const fromMs = this.#atMs();
        hold = this.#holds.push({ call, fromMs, toMs: undefined }) - 1;
        this.#show({ kind: "held", atMs: fromMs, call });
      }
      // Who is held for longer than anything was to last is let go, and that is a fault.
      if (!ended && this.#isLate(this.#seen())) end();
    } while (!ended);
    signal.removeEventListener("abort", end);
    this.#guard = undefined;
    const [stdout, stderr] = await done;
    this.#printed += stdout + stderr;
    const atMs = this.#atMs();
    if (hold === undefined) {
      this.#passed.push({ atMs, tookMs: performance.now() - before });
    } else if (!signal.aborted && !this.#isLate(this.#seen())) {
      const { fromMs } = this.#holds[hold]!;
      this.#holds[hold] = { call, fromMs, toMs: atMs };
      const blocked = this.#states.findLast(({ state }) => state.status === "blocked");
      const resetsAt = blocked?.state.block?.resetsAt;
      const afterResetMs = resetsAt ? atMs - (resetsAt.getTime() - this.#startedAtMs) : undefined;
      this.#show({ kind: "released", atMs, call, heldMs: atMs - fromMs, afterResetMs });
    }
  }

  /** Takes in who holds and what the state is; does what is due. */
  async #look(): Promise<void> {
    this.#log.look();
    const state = this.#directory.state();
    if (state && state.updatedAt.getTime() !== this.#states.at(-1)?.state.updatedAt.getTime()) {
      const atMs = this.#atMs();
      this.#states.push({ atMs, state });
      this.#show({ kind: "reading", atMs, state });
    }
    const [act] = this.#acts;
    if (act?.when(this.#seen())) {
      this.#acts.shift();
      this.#show({ kind: "news", atMs: this.#atMs(), news: act.news });
      await act.play(this.#players());
    }
    const from = this.#ms(this.#scenario.daemonFromSeconds ?? 0);
    if (!this.#isStarted && this.#atMs() >= from && !this.#stage.signal.aborted) {
      this.#isStarted = true;
      await this.#startDaemon();
    }
  }

  async #startDaemon(): Promise<void> {
    const interval = Math.ceil(INTERVAL_SECONDS * this.#stretch);
    const args = [
      "daemon",
      "--source=simulated",
      `--interval-seconds=${Math.min(MOST_INTERVAL_SECONDS, interval)}`,
      `--reset-buffer-seconds=${BUFFER_SECONDS}`,
      `--state-dir=${this.#directory.path}`,
    ];
    const started = await startDaemon(this.#directory, { args });
    if (started.kind === "failed") throw new Error(`the daemon did not start: ${started.reason}`);
  }

  #players(): Players {
    return {
      sleep: async () => {
        this.#isAsleep = true;
        await this.#signal("STOP");
      },
      wake: () => this.#wake(),
      set: (settings) => {
        const path = join(this.#stage.configHome, "quota-sentry", "config.json");
        Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        Deno.writeTextFileSync(path, JSON.stringify(settings));
      },
      leaveState: (aheadSeconds, usedPercent) => this.#leaveState(aheadSeconds, usedPercent),
    };
  }

  async #wake(): Promise<void> {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    await this.#signal("CONT");
  }

  async #signal(name: "STOP" | "CONT"): Promise<void> {
    if (this.#guard) signalChild(this.#guard, `SIG${name}`);
    const daemon = this.#directory.daemonPid();
    if (daemon !== undefined) await spawn("kill", { args: [`-${name}`, `${daemon}`] }).status;
  }

  #leaveState(aheadSeconds: number, usedPercent: number): void {
    const at = new Date(Date.now() + aheadSeconds * 1000);
    const { settings } = resolveSettings({});
    const reading = simulate({
      startedAtMs: at.getTime(),
      scenes: [{
        fromSeconds: 0,
        answers: [{
          windows: [{
            id: "primary",
            windowMinutes: 300,
            usedPercent,
            resetsAfterSeconds: 3600,
          }],
        }],
      }],
    }, at);
    this.#directory.commit(newState({
      before: undefined,
      reading,
      settled: settle(undefined, reading, decide(reading, settings.policy, at), at),
      readAt: at,
      burn: undefined,
      sample: undefined,
      following: undefined,
      settings,
      areRules: true,
      at,
    }));
  }

  /** What the source is to say, at this play's speed. */
  #simulation(): Simulation {
    const seconds = (usual: number) => this.#ms(usual) / 1000;
    return {
      startedAtMs: this.#startedAtMs,
      scenes: this.#scenario.scenes.map(({ fromSeconds, answers }) => ({
        fromSeconds: seconds(fromSeconds),
        answers: answers.map((answer) =>
          "failed" in answer ? answer : {
            windows: answer.windows.map((window) => ({
              ...window,
              perSecond: (window.perSecond ?? 0) / this.#stretch,
              // A window is as long as it is, at any speed.
              resetsAfterSeconds: Math.min(
                seconds(window.resetsAfterSeconds),
                seconds(fromSeconds) + window.windowMinutes * 60,
              ),
            })),
          }
        ),
      })),
    };
  }

  #seen(): Seen {
    return {
      atMs: this.#atMs(),
      holds: this.#holds,
      passed: this.#passed,
      states: this.#states,
      ms: (seconds) => this.#ms(seconds),
    };
  }

  #atMs(): number {
    return Date.now() - this.#startedAtMs;
  }

  /** What resets does so on a whole second. */
  #ms(usualSeconds: number): number {
    return Math.ceil(usualSeconds * this.#stretch) * 1000;
  }
}
