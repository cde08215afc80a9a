import { localTime } from "../text/local_time.ts";
import { localTimeAndZone } from "../text/zone.ts";
import { relativeTime, span } from "../text/relative_time.ts";
import type { Report, WindowReport } from "./report.ts";

/** `12:41 (in 42 min)`. */
export function timeAndDistance(date: Date, now: Date): string {
  return `${localTimeAndZone(date, now)} (${relativeTime(date, now)})`;
}

/** What a window is called in front of its bar: `5-hour`, `weekly`. */
export function shortName({ window, name }: WindowReport): string {
  return window.extra ? window.id : name.replace(/ window.*$/, "");
}

/** Where a window gets to at its pace; undefined where nothing is to be said. */
export function forecastWords(
  { forecast, window, mode, thresholdPercent }: WindowReport,
  now: Date,
): string | undefined {
  if (!forecast || mode === "off" || !window.resetsAt) return undefined;
  const holds = mode === "hold";
  // Agents that are held use nothing.
  if (holds && window.usedPercent >= thresholdPercent) return undefined;
  const { basis, confidence, thresholdAt, wallAt, percentPerSecond } = forecast;
  const pace = `${basis === "last minute" ? "at this pace" : "at its pace so far"}${
    confidence === "low" ? ", roughly" : ""
  }`;
  const early = (date: Date) =>
    `${span(window.resetsAt!.getTime() - date.getTime())} before the reset`;
  const at = (date: Date) => localTimeAndZone(date, now);
  if (wallAt) {
    const held = holds && thresholdAt
      ? `; agents are held from ${localTime(thresholdAt, now)} on`
      : "";
    return `${pace}: the wall at ${at(wallAt)}, ${early(wallAt)}${held}`;
  }
  if (thresholdAt) {
    return holds
      ? `${pace}: agents are held from ${at(thresholdAt)} on, ${early(thresholdAt)}`
      : `${pace}: ${thresholdPercent}% at ${at(thresholdAt)}, the wall not before the reset`;
  }
  return `${pace}: not before the reset${percentPerSecond === 0 ? ", nothing is being used" : ""}`;
}

/** `1 agent`, `3 agents`. */
export function agents(count: number): string {
  return count === 1 ? "1 agent" : `${count} agents`;
}

/** How many sessions stopped at the wall; undefined for none. */
export function stoppedWords({ stopped, now }: Report): string | undefined {
  const [last] = stopped;
  if (!last) return undefined;
  const when = localTimeAndZone(last.diedAt, now);
  const which = stopped.length === 1
    ? `1 session stopped at the wall at ${when}`
    : `${stopped.length} sessions stopped at the wall, the last one at ${when}`;
  return `${which}: quota-sentry revive`;
}

/** The program that watches. */
export function daemonWords({ daemon: { isRunning, pid } }: Report): string {
  if (!isRunning) return "daemon not running";
  return pid === undefined ? "daemon running" : `daemon pid ${pid}`;
}

/** How old the reading is, and what that means; undefined without one. */
export function ageWords(
  { state, standing, ageSeconds, now, resolved }: Report,
): string | undefined {
  if (!state || ageSeconds === null) return undefined;
  const { maxStateAgeSeconds } = resolved.settings;
  const stale = standing?.isStale ? ` (stale: more than ${maxStateAgeSeconds} s)` : "";
  const when = ageSeconds >= 0
    ? relativeTime(state.updatedAt, now)
    : "in the future: the clock was changed";
  return `read ${when}${stale}`;
}
