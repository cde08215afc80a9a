import { assertEquals, assertThrows } from "@std/assert";
import { simulate, type Simulation } from "../../lib/sources/simulated.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

const WINDOW = { id: "primary", windowMinutes: 300, usedPercent: 60, resetsAfterSeconds: 9 };

const SIMULATION: Simulation = {
  startedAtMs: START,
  scenes: [
    { fromSeconds: 0, answers: [{ windows: [{ ...WINDOW, perSecond: 8 }] }] },
    { fromSeconds: 9, answers: [{ windows: [WINDOW] }, { failed: "down" }] },
  ],
};

function at(seconds: number) {
  const reading = simulate(SIMULATION, new Date(START + seconds * 1000));
  return reading.kind === "failed" ? reading.reason : reading.windows[0]?.usedPercent;
}

Deno.test("simulated: climbs to the wall, scene by scene, each second another answer", () => {
  assertEquals([-1, 0, 2.5, 5, 8.9].map(at), [60, 60, 80, 100, 100]);
  assertEquals([9, 9.9, 10, 10.9, 11].map(at), [60, 60, "down", "down", 60]);
});

Deno.test("simulated: what is no script is refused", () => {
  for (const script of [{}, { startedAtMs: START, scenes: [] }, null]) {
    assertThrows(() => simulate(script, new Date(START)), Error);
  }
});
