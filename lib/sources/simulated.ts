import * as z from "zod";
import type { Reading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";
import { FIVE_HOUR_MINUTES } from "../quota/window.ts";
import type { StateDirectory } from "../state/state_directory.ts";

/** The script of a simulation: a 5-hour window that runs through in seconds. */
const Simulation = z.object({
  /** When the simulation began, in milliseconds since 1970. */
  startedAtMs: z.number(),
  /** Seconds after which 100 % would be used. */
  fullAfterSeconds: z.number().positive(),
  /** Seconds after which the window resets. */
  resetAfterSeconds: z.number().positive(),
});

/** The script of a simulation, as `simulation.json` in the state directory holds it. */
export type Simulation = z.infer<typeof Simulation>;

/** Percent used at the start. */
const FIRST_PERCENT = 60;

/** A built-in source for people without Codex or codexbar; `quota-sentry simulate` uses it. */
export function simulated(directory: StateDirectory): QuotaSource {
  return {
    name: "simulated",
    async read(): Promise<Reading> {
      try {
        const text = await Deno.readTextFile(directory.file("simulation"));
        return simulate(Simulation.parse(JSON.parse(text)), new Date());
      } catch {
        const reason = `there is no simulation in ${directory.path}; run: quota-sentry simulate`;
        return { kind: "failed", source: "simulated", reason };
      }
    },
  };
}

/** The reading that a simulation gives at `now`: a straight climb, then a new window. */
export function simulate(simulation: Simulation, now: Date): Reading {
  const { startedAtMs, fullAfterSeconds, resetAfterSeconds } = simulation;
  const resetMs = startedAtMs + resetAfterSeconds * 1000;
  const isReset = now.getTime() >= resetMs;
  const elapsed = (now.getTime() - startedAtMs) / 1000;
  const climbed = FIRST_PERCENT + (100 - FIRST_PERCENT) * elapsed / fullAfterSeconds;
  const window = {
    id: "primary",
    usedPercent: isReset ? 1 : Math.min(100, Math.round(climbed * 10) / 10),
    windowMinutes: FIVE_HOUR_MINUTES,
    resetsAt: new Date(isReset ? resetMs + FIVE_HOUR_MINUTES * 60_000 : resetMs),
    extra: false,
  };
  return { kind: "windows", source: "simulated", windows: [window], problems: [] };
}
