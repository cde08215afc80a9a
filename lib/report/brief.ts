import { forUser } from "../text/for_user.ts";
import type { Report } from "./report.ts";
import { homeWords } from "./screen.ts";
import { agents, daemonWords, stoppedWords, timeAndDistance } from "./words.ts";

/** One home among several, in three lines. */
export function briefLines(report: Report): string[] {
  const { status, reason, state, waiting, pausedUntil, now, hooks } = report;
  const reset = state?.resetsAt && state.resetsAt > now
    ? `, resets ${timeAndDistance(state.resetsAt, now)}`
    : "";
  const stopped = stoppedWords(report);
  const more = [
    ...(pausedUntil ? [`paused until ${timeAndDistance(pausedUntil, now)}`] : []),
    daemonWords(report),
    ...(waiting.length === 0 ? [] : [`${agents(waiting.length)} waiting`]),
    ...(stopped === undefined ? [] : [stopped]),
    ...hooks,
  ];
  return [
    homeWords(report).replace(/^home: /, ""),
    `  ${status}: ${forUser(reason)}${reset}`,
    `  ${more.join("; ")}`,
  ];
}

/** Homes that were removed. */
export function goneLines(count: number): string[] {
  if (count === 0) return [];
  const what = count === 1
    ? "1 home has gone; its state is"
    : `${count} homes have gone; their states are`;
  return [`${what} cleared away in time`];
}
