import { assertEquals } from "@std/assert";
import { withFractions } from "../../lib/quota/fractions.ts";
import type { WindowsReading } from "../../lib/quota/reading.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const RESET = new Date("2026-09-01T14:00:00Z");

function reading(source: string, usedPercent: number): WindowsReading {
  const window = { id: "primary", usedPercent, windowMinutes: 300, resetsAt: RESET, extra: false };
  return { kind: "windows", source, windows: [window], problems: [] };
}

function used(source: string, usedPercent: number, known: WindowsReading, ageMs = 1000): number {
  const at = new Date(NOW.getTime() - ageMs);
  return withFractions(reading(source, usedPercent), { ...known, at }, NOW).windows[0]!.usedPercent;
}

Deno.test("fractions: a rounded value gets those that a session has just written down", () => {
  assertEquals(used("codex", 95, reading("sessions", 94.99)), 94.99);
  assertEquals(used("codex", 94, reading("sessions", 94.99)), 94.99);
  assertEquals(used("codex", 96, reading("sessions", 94.99)), 96);
  assertEquals(used("codex", 95, reading("sessions", 94.99), 121_000), 95);
  assertEquals(used("codex", 95, reading("codexbar", 94.99)), 95);
});

Deno.test("fractions: what a session wrote is exact, also where it is a whole number", () => {
  assertEquals(used("sessions", 95, reading("sessions", 94.5)), 95);
});
