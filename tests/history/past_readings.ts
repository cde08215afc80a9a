import type { Numbered, PastReading } from "../../lib/history/past.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";
import { minutes } from "../quota/readings.ts";

/** A 5-hour window. */
export function fiveHour(usedPercent: number, resetsAt: Date | null = minutes(200)): QuotaWindow {
  return { id: "primary", usedPercent, windowMinutes: 300, resetsAt, extra: false };
}

/** A reading so many minutes after `NOW`, of one window. */
export function past(
  at: number,
  usedPercent: number,
  { resetsAt = minutes(200), status = "open" as PastReading["status"] }: {
    readonly resetsAt?: Date | null;
    readonly status?: PastReading["status"];
  } = {},
): PastReading {
  return {
    at: minutes(at),
    source: "codexbar",
    status,
    windows: [fiveHour(usedPercent, resetsAt)],
  };
}

/** The same with its number. */
export function numbered(readings: readonly PastReading[]): Numbered<PastReading>[] {
  return readings.map((reading, index) => ({ ...reading, id: index + 1 }));
}
