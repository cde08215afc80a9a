import { join } from "@std/path";
import { SHARED } from "../config/shared.ts";
import { startDaemon } from "../daemon/start_daemon.ts";
import { HOOK_SCRIPT_NAME } from "../harness/hook_script.ts";
import type { Limits } from "../harness/player.ts";
import { PLAYER } from "../harness/registry.ts";
import { delay } from "../process/delay.ts";
import { signalChild } from "../process/signal_child.ts";
import { spawn } from "../process/spawn.ts";
import { runAgent } from "./agent.ts";
import { HoldLog } from "./hold_log.ts";
import { SharedQuota } from "./shared_quota.ts";
import { USUAL_SPEED } from "./names.ts";
import type { Stage } from "./stage.ts";

/** Who spends what. Times are at the usual speed. */
export interface Cast {
  /** How many agents work at once. */
  readonly agents: number;
  /** What is used at the beginning, and what a request costs, in percent. */
  readonly firstPercent: number;
  readonly pointsPerRequest: number;
  /** An agent's requests end so far apart, in milliseconds. */
  readonly cycleMs: number;
  readonly resetAfterSeconds: number;
}

/** Four, for whom the wall is 40 requests away: the threshold is met after 6.4 s. */
export const FOUR: Cast = {
  agents: 4,
  firstPercent: 80,
  pointsPerRequest: 0.5,
  cycleMs: 850,
  resetAfterSeconds: 11,
};

/**
 * Fifty. So near to the wall each asks the program before each request, and each hold is begun by it:
 * that takes two processors some ten seconds, and the reset is to come after it.
 */
export const FIFTY: Cast = {
  agents: 50,
  firstPercent: 84,
  pointsPerRequest: 0.2,
  cycleMs: 6_000,
  resetAfterSeconds: 26,
};

/** Nobody waits longer than this for the others to go on, after the reset. */
const GIVE_UP_AFTER_RESET_MS = 5_000;

/** They are seen to work for so long afterwards. */
const SEEN_TO_WORK_MS = 1_300;

const LOOK_EVERY_MS = 50;

/** How things stand; times in milliseconds since the start. */
export interface BurstScene {
  readonly atMs: number;
  readonly usedPercent: number;
  readonly working: number;
  /** Agents of whom the guard says that it holds them. */
  readonly held: number;
  readonly died: number;
  /** What has happened since the last scene. */
  readonly news: readonly string[];
}

/** What the burst came to. */
export interface BurstResult {
  readonly died: number;
  /** Agents that were held, and what was used when all were. */
  readonly held: number;
  readonly heldAtPercent: number | undefined;
  /** Requests that ended past the threshold, those that were begun before it, and the most of one agent. */
  readonly past: number;
  readonly onTheirWay: number;
  readonly mostPast: number;
  /** How long after the reset each agent went on, in milliseconds; those that did. */
  readonly wentOnMs: readonly number[];
  /** What all the hooks printed; nothing, if they are right. */
  readonly printed: string;
}

/**
 * Runs agents that spend one quota, with the real daemon and the real hook script, until all were
 * held and have gone on.
 *
 * @param speed How much faster than real time the quota runs.
 * @param show Called each second and when something has happened.
 * @throws When the daemon cannot be started.
 */
export async function runBurst(
  cast: Cast,
  stage: Stage,
  speed: number,
  show: (scene: BurstScene) => void,
): Promise<BurstResult> {
  const { stateDirectory, home, configHome } = stage;
  Deno.mkdirSync(join(home, PLAYER.sessions), { mode: 0o700 });
  // All go on at once, or it would take six seconds more.
  Deno.mkdirSync(join(configHome, "quota-sentry"), { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(join(configHome, "quota-sentry", "config.json"), '{"staggerSeconds":0}');
  const args = [
    "daemon",
    "--source=sessions",
    "--reset-buffer-seconds=0",
    `--state-dir=${stateDirectory.path}`,
  ];
  const started = await startDaemon(stateDirectory, { args });
  if (started.kind === "failed") throw new Error(`the daemon did not start: ${started.reason}`);
  const stretch = USUAL_SPEED / speed;
  const stretched = {
    ...cast,
    cycleMs: cast.cycleMs * stretch,
    resetAfterSeconds: Math.ceil(cast.resetAfterSeconds * stretch),
  };
  return await new Burst(stretched, stage, show).run();
}

/** One agent, as it is seen from outside. */
interface Seen {
  died: boolean;
  wentOnMs?: number;
}

class Burst {
  readonly #cast: Cast;
  readonly #stage: Stage;
  readonly #show: (scene: BurstScene) => void;
  readonly #startedAtMs = Date.now();
  readonly #resetAtMs: number;
  readonly #thresholdPercent = SHARED.thresholdPercent.default;
  readonly #quota: SharedQuota;
  readonly #agents: Seen[];
  readonly #holds: HoldLog;
  readonly #over = new AbortController();
  readonly #news: string[] = [];
  #printed = "";
  #shown = "";
  #heldAtPercent: number | undefined;
  #isMet = false;
  #isReset = false;

  constructor(cast: Cast, stage: Stage, show: (scene: BurstScene) => void) {
    const { agents, firstPercent, pointsPerRequest, resetAfterSeconds } = cast;
    this.#cast = cast;
    this.#resetAtMs = (Math.ceil(this.#startedAtMs / 1000) + resetAfterSeconds) * 1000;
    this.#agents = Array.from({ length: agents }, () => ({ died: false }));
    this.#stage = stage;
    this.#show = show;
    this.#holds = new HoldLog(stage.stateDirectory);
    const first: Limits = { usedPercent: firstPercent, resetsAt: new Date(this.#resetAtMs) };
    this.#quota = new SharedQuota(first, pointsPerRequest, this.#thresholdPercent);
  }

  async run(): Promise<BurstResult> {
    const signal = AbortSignal.any([this.#stage.signal, this.#over.signal]);
    const agents = Promise.all(
      this.#agents.map((seen, session) => this.#work(seen, session, signal)),
    );
    agents.catch(() => this.#over.abort());
    while (!signal.aborted) {
      this.#look();
      if (this.#isOver()) this.#over.abort();
      await delay(LOOK_EVERY_MS, signal);
    }
    await agents;
    const { past, mostPast } = this.#quota;
    return {
      died: this.#died(),
      held: this.#holds.begun,
      heldAtPercent: this.#heldAtPercent,
      past: past.length,
      onTheirWay: past.filter(({ isOnItsWay }) => isOnItsWay).length,
      mostPast,
      wentOnMs: this.#agents.flatMap(({ wentOnMs }) => wentOnMs ?? []),
      printed: this.#printed,
    };
  }

  async #work(seen: Seen, session: number, signal: AbortSignal): Promise<void> {
    const { agents, cycleMs } = this.#cast;
    const end = await runAgent({
      session,
      home: this.#stage.home,
      quota: this.#quota,
      cycleMs,
      firstEndMs: cycleMs * (session + Math.random()) / agents + 100,
      hookAt: "model",
      callHook: (input) => this.#callHook(input, signal),
      onBegin: () => {
        if (Date.now() >= this.#resetAtMs) seen.wentOnMs ??= Date.now() - this.#resetAtMs;
      },
      onEnd: () => this.#look(),
      signal,
    });
    seen.died = end === "died";
  }

  /** Calls the hook script as a harness does, and waits for it. */
  async #callHook(input: string, signal: AbortSignal): Promise<void> {
    const hook = spawn(HOOK_SCRIPT_NAME, {
      args: ["guard", "--on=model", "--no-notify"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    });
    const end = () => signalChild(hook, "SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    const [stdout, stderr] = await Promise.all([
      new Response(hook.stdout).text(),
      new Response(hook.stderr).text(),
      feed(hook, input),
      hook.status,
    ]);
    signal.removeEventListener("abort", end);
    this.#printed += stdout + stderr;
  }

  #isOver(): boolean {
    const nowMs = Date.now();
    if (nowMs > this.#resetAtMs + GIVE_UP_AFTER_RESET_MS) return true;
    return this.#agents.every(({ died, wentOnMs = Infinity }) =>
      died || nowMs > this.#resetAtMs + wentOnMs + SEEN_TO_WORK_MS
    );
  }

  /** Looks at how things stand, and shows it when it has changed. */
  #look(): void {
    const now = new Date();
    const { usedPercent } = this.#quota.limits(now);
    if (!this.#isMet && usedPercent >= this.#thresholdPercent) {
      this.#isMet = true;
      this.#news.push(`the threshold of ${this.#thresholdPercent}% is met`);
    }
    if (!this.#isReset && now.getTime() >= this.#resetAtMs) {
      this.#isReset = true;
      this.#news.push("the window has reset");
    }
    this.#holds.look();
    const { held } = this.#holds;
    if (held === this.#cast.agents) this.#heldAtPercent ??= usedPercent;
    const died = this.#died();
    const atMs = now.getTime() - this.#startedAtMs;
    const shown = [Math.floor(atMs / 1000), held, died].join();
    if (shown === this.#shown && this.#news.length === 0) return;
    this.#shown = shown;
    const news = this.#news.splice(0);
    this.#show({ atMs, usedPercent, working: this.#cast.agents - held - died, held, died, news });
  }

  #died(): number {
    return this.#agents.filter(({ died }) => died).length;
  }
}

async function feed(hook: Deno.ChildProcess, input: string): Promise<void> {
  try {
    const writer = hook.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // It was ended before it had read all.
  }
}
