import { HistoryDatabase } from "../../lib/history/database.ts";
import type { PastEvent, PastReading } from "../../lib/history/past.ts";
import { formatTimestamp } from "../../lib/text/timestamp.ts";
import type { Sandbox } from "./sandbox.ts";

/** So many minutes ago. */
export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** The directory of the session that was held; nothing in it is to be taken for a tag. */
export const HELD_IN = "/srv/<b>&shop</b></script>";

/** A reading of a 5-hour window. */
export function readingAgo(minutes: number, usedPercent: number, resetsAt: Date): PastReading {
  const window = { id: "primary", usedPercent, windowMinutes: 300, resetsAt, extra: false };
  return { at: ago(minutes), source: "codexbar", status: "open", windows: [window] };
}

/** The last six hours: a window that fills, a wall, a hold, a reset, and a little of the next window. */
export function sixHours(): { readings: PastReading[]; events: PastEvent[] } {
  const [reset, next] = [ago(60), ago(-240)];
  const readings = Array.from({ length: 61 }, (_, n) => {
    const minutes = 360 - n * 6;
    return minutes > 60
      ? readingAgo(minutes, Math.min(96, 360 - minutes), reset)
      : readingAgo(minutes, (60 - minutes) / 4, next);
  });
  const about = `4711 ${formatTimestamp(ago(250))}`;
  const until = formatTimestamp(ago(59));
  const event = (
    minutes: number,
    kind: PastEvent["kind"],
    fields: PastEvent["fields"],
    on = "",
  ) => ({
    at: ago(minutes),
    kind,
    about: on,
    fields,
  });
  const held = { pid: 4711, directory: HELD_IN };
  return {
    readings,
    events: [
      event(264, "threshold", {
        window: "fiveHour",
        usedPercent: 96,
        thresholdPercent: 95,
        resetsAt: formatTimestamp(reset),
      }, "fiveHour"),
      event(264, "block", { window: "fiveHour", until, reason: "96% is used" }),
      event(250, "hold", { ...held, until, why: "96% is used" }, about),
      event(60, "reset", { window: "fiveHour", usedPercent: 96, unusedPercent: 4 }, "fiveHour"),
      event(59, "open", { window: "fiveHour", until }),
      event(58, "release", { ...held, seconds: 11520, why: "let go: the quota is open" }, about),
    ],
  };
}

/** Opens the history of a sandbox, to write; it is made where there is none. */
export function historyOf(box: Sandbox): HistoryDatabase {
  Deno.mkdirSync(`${box.stateDir}/history`, { recursive: true, mode: 0o700 });
  return HistoryDatabase.open(`${box.stateDir}/history/quota-sentry.history.db`);
}

/** Writes a history, as the daemon would have. */
export function writeHistory(
  box: Sandbox,
  { readings, events }: ReturnType<typeof sixHours>,
): void {
  using db = historyOf(box);
  db.inTransaction(() => {
    for (const reading of readings) db.addReading(reading);
    for (const event of events) db.addEvent(event);
  });
}
