import { join } from "@std/path";
import { SHARED } from "../config/shared.ts";
import { startDaemon } from "../daemon/start_daemon.ts";
import { SESSIONS } from "../harness/codex/sessions/rollout_files.ts";
import { HOOK_SCRIPT_NAME } from "../harness/hook_script.ts";
import { delay } from "../process/delay.ts";
import { signalChild } from "../process/signal_child.ts";
import { spawn } from "../process/spawn.ts";
import { runAgent } from "./agent.ts";
import { HoldLog } from "./hold_log.ts";
import { type Limits, SharedQuota } from "./shared_quota.ts";
import type { Stage } from "./stage.ts";

/** How many agents work at once. */
export const AGENTS = 4;

/** What is used at the beginning, and what a request costs: the wall is 40 requests away. */
const FIRST_PERCENT = 80;
const POINTS_PER_REQUEST = 0.5;

/** An agent's requests end so far apart: the threshold is met after 6.4 s. */
const CYCLE_MS = 850;
const RESET_AFTER_SECONDS = 11;

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
 * Runs four agents that spend one quota, with the real daemon and the real hook script, until all were
 * held and have gone on.
 *
 * @param show Called each second and when something has happened.
 * @throws When the daemon cannot be started.
 */
export async function runBurst(
  stage: Stage,
  show: (scene: BurstScene) => void,
): Promise<BurstResult> {
  const { stateDirectory, codexHome, configHome } = stage;
  Deno.mkdirSync(join(codexHome, SESSIONS), { mode: 0o700 });
  // All go on at once, or it would take six seconds more.
  Deno.mkdirSync(join(configHome, "quota-sentry"), { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(join(configHome, "quota-sentry", "config.json"), '{"staggerSeconds":0}');
  const started = await startDaemon(stateDirectory, [
    "daemon",
    "--source=sessions",
    "--reset-buffer-seconds=0",
    `--state-dir=${stateDirectory.path}`,
  ], []);
  if (started.kind === "failed") throw new Error(`the daemon did not start: ${started.reason}`);
  return await new Burst(stage, show).run();
}

/** One agent, as it is seen from outside. */
interface Seen {
  died: boolean;
  wentOnMs?: number;
}

class Burst {
  readonly #stage: Stage;
  readonly #show: (scene: BurstScene) => void;
  readonly #startedAtMs = Date.now();
  readonly #resetAtMs = (Math.ceil(this.#startedAtMs / 1000) + RESET_AFTER_SECONDS) * 1000;
  readonly #thresholdPercent = SHARED.thresholdPercent.default;
  readonly #quota: SharedQuota;
  readonly #agents: Seen[] = Array.from({ length: AGENTS }, () => ({ died: false }));
  readonly #holds: HoldLog;
  readonly #over = new AbortController();
  readonly #news: string[] = [];
  #printed = "";
  #shown = "";
  #heldAtPercent: number | undefined;
  #isMet = false;
  #isReset = false;

  constructor(stage: Stage, show: (scene: BurstScene) => void) {
    this.#stage = stage;
    this.#show = show;
    this.#holds = new HoldLog(stage.stateDirectory);
    const first: Limits = { usedPercent: FIRST_PERCENT, resetsAt: new Date(this.#resetAtMs) };
    this.#quota = new SharedQuota(first, POINTS_PER_REQUEST, this.#thresholdPercent);
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
    const end = await runAgent({
      session,
      home: this.#stage.codexHome,
      quota: this.#quota,
      cycleMs: CYCLE_MS,
      firstEndMs: CYCLE_MS * (session + Math.random()) / AGENTS + 100,
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

  /** Calls the hook script as Codex does, and waits for it. */
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
    if (held === AGENTS) this.#heldAtPercent ??= usedPercent;
    const died = this.#died();
    const atMs = now.getTime() - this.#startedAtMs;
    const shown = [Math.floor(atMs / 1000), held, died].join();
    if (shown === this.#shown && this.#news.length === 0) return;
    this.#shown = shown;
    const news = this.#news.splice(0);
    this.#show({ atMs, usedPercent, working: AGENTS - held - died, held, died, news });
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
