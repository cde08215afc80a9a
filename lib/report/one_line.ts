import { oneLine } from "../state/log.ts";
import { forUser } from "../text/for_user.ts";
import type { Report } from "./report.ts";
import { agents, ageWords, shortName, stoppedWords, timeAndDistance } from "./words.ts";

/** A report in one line, for a pipe or `--short`: what counts first, then what is amiss. */
export function oneLineOf(report: Report): string {
  const { now, status, reason, standing, pausedUntil, until, waiting, windows, state } = report;
  const reset = state?.resetsAt && state.resetsAt > now && !until
    ? `resets ${timeAndDistance(state.resetsAt, now)}`
    : undefined;
  // The reason tells of the one that it was decided on.
  const others = windows.filter(({ window }) =>
    window.usedPercent !== state?.usedPercent || window.windowMinutes !== state.windowMinutes
  );
  return oneLine(
    [
      pausedUntil && `paused until ${timeAndDistance(pausedUntil, now)}`,
      report.isBypassed && "bypassed here (QUOTA_SENTRY_DISABLE)",
      `${status}: ${reason}`,
      standing?.lastKnown &&
      `last known: ${standing.lastKnown.status}: ${forUser(standing.lastKnown.reason)}`,
      standing?.despite && forUser(standing.despite),
      until && status === "blocked" && `agents wait until ${timeAndDistance(until, now)}`,
      reset,
      others.map((each) => `${shortName(each)} ${each.window.usedPercent}%`).join(", "),
      waiting.length > 0 && `${agents(waiting.length)} waiting`,
      stoppedWords(report),
      ageWords(report),
      ...report.unprotected,
      ...report.problems.map((problem) => `setting not used: ${problem}`),
    ].filter(Boolean).join("; "),
  );
}
