import type { Block } from "../../lib/quota/block.ts";
import type { WindowsReading } from "../../lib/quota/reading.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";

export const NOW = new Date("2026-09-01T12:00:00Z");

/** Minutes from then. */
export const minutes = (n: number) => new Date(NOW.getTime() + n * 60_000);

/** A hold on the 5-hour window, which resets in 40 minutes, on codexbar's word. */
export const HELD: Block = {
  what: "fiveHour",
  windowId: "primary",
  windowMinutes: 300,
  resetsAt: minutes(40),
  blockedUntil: minutes(41),
  source: "codexbar",
  since: minutes(-10),
  reason: "97%",
};

/** A reading of codexbar's, of that window. */
export function read(
  usedPercent: number,
  fields: Partial<QuotaWindow> = {},
  more: Partial<WindowsReading> = {},
): WindowsReading {
  const window = {
    id: "primary",
    usedPercent,
    windowMinutes: 300,
    resetsAt: minutes(40),
    extra: false,
    ...fields,
  };
  return { kind: "windows", source: "codexbar", windows: [window], problems: [], ...more };
}
