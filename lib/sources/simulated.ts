import * as z from "zod";
import type { Reading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/** One window, as it is for some time. Seconds count from the beginning of the simulation. */
const SimulatedWindow = z.object({
  id: z.string(),
  windowMinutes: z.number().positive(),
  /** Percent used when its scene begins. */
  usedPercent: z.number().min(0),
  /** How fast it climbs, to 100 % at the most, in percent per second. */
  perSecond: z.number().min(0).default(0),
  resetsAfterSeconds: z.number(),
});

/** An answer: the windows, or why there is none. */
const Answer = z.union([
  z.object({ windows: z.array(SimulatedWindow) }),
  z.object({ failed: z.string() }),
]);

/** The script of a simulation. */
const Simulation = z.object({
  /** When the simulation began, in milliseconds since 1970. */
  startedAtMs: z.number(),
  /** In order; each lasts until the next. */
  scenes: z.array(z.object({
    fromSeconds: z.number().min(0),
    /** Given in turn, each for a second. */
    answers: z.array(Answer).min(1),
  })).min(1),
});

/** The script of a simulation, as `simulation.json` in the state directory holds it. */
export type Simulation = z.input<typeof Simulation>;

/** One scene of it. */
export type Scene = Simulation["scenes"][number];

/** A built-in source for people without Codex or codexbar; `quota-sentry simulate` uses it. */
export function simulated(directory: StateDirectory): QuotaSource {
  return {
    name: "simulated",
    async read(): Promise<Reading> {
      try {
        const text = await Deno.readTextFile(directory.file("simulation"));
        return simulate(JSON.parse(text), new Date());
      } catch {
        const reason = `there is no simulation in ${directory.path}; run: quota-sentry simulate`;
        return { kind: "failed", source: "simulated", reason };
      }
    },
  };
}

/**
 * The reading that a simulation gives at `now`.
 *
 * @throws When it is no simulation.
 */
export function simulate(simulation: unknown, now: Date): Reading {
  const { startedAtMs, scenes } = Simulation.parse(simulation);
  const elapsed = (now.getTime() - startedAtMs) / 1000;
  const scene = scenes.findLast(({ fromSeconds }) => fromSeconds <= elapsed) ?? scenes[0]!;
  const inScene = Math.max(0, elapsed - scene.fromSeconds);
  const answer = scene.answers[Math.floor(inScene) % scene.answers.length]!;
  if ("failed" in answer) return { kind: "failed", source: "simulated", reason: answer.failed };
  const windows = answer.windows.map((
    { id, windowMinutes, usedPercent, perSecond, resetsAfterSeconds },
  ) => ({
    id,
    windowMinutes,
    usedPercent: Math.min(100, Math.round((usedPercent + perSecond * inScene) * 10) / 10),
    resetsAt: new Date(startedAtMs + resetsAfterSeconds * 1000),
    extra: false,
  }));
  return { kind: "windows", source: "simulated", windows, problems: [] };
}
