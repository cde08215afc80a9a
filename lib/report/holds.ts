import { forUser } from "../text/for_user.ts";
import { localTime } from "../text/local_time.ts";
import { withoutHome } from "../text/without_home.ts";
import { localTimeAndZone } from "../text/zone.ts";
import type { Held, Report } from "./report.ts";
import { nameOf } from "./session_name.ts";
import { agents } from "./words.ts";

/** What a call is that waits. */
const STEPS = {
  prompt: "a prompt",
  model: "a request to the model",
  request: "a request to the model",
  compact: "a compaction",
  tool: "a tool call",
} as const;

/** Who waits in one home, since when, until when and why, and who stopped at the wall, in lines. */
export function holdLines(report: Report): string[] {
  const { waiting, stopped, now } = report;
  const sessions = stopped.length === 1 ? "1 session" : `${stopped.length} sessions`;
  return [
    ...(waiting.length === 0 ? ["nobody waits"] : [
      `${agents(waiting.length)} ${waiting.length === 1 ? "waits" : "wait"}${why(report)}`,
      ...waiting.flatMap((each) => linesOf(each, report)),
    ]),
    ...(stopped.length === 0 ? [] : [
      `${sessions} stopped at the wall: quota-sentry revive`,
      ...stopped.map(({ session, directory, diedAt }) =>
        `  ${session.slice(0, 8)}  ${forUser(withoutHome(directory))}, at ${localTime(diedAt, now)}`
      ),
    ]),
  ];
}

function why({ until, reason }: Report): string {
  return until ? `: ${reason}` : "";
}

function linesOf(each: Held, { waiting, now }: Report): string[] {
  const { session, pid, directory, since, end, step } = each;
  const where = directory === undefined ? "" : `  ${forUser(withoutHome(directory))}`;
  return [
    `  ${forUser(nameOf(each, waiting))}${where}`,
    [
      `    since ${localTime(since, now)}`,
      ...(end ? [`until ${localTimeAndZone(end, now)}`] : []),
      ...(step ? [`before ${STEPS[step]}`] : []),
      ...(session === undefined ? [] : [`pid ${pid}`]),
    ].join(", "),
  ];
}
