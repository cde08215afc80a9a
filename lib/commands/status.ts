import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import { daemonPid, isDaemonAlive } from "../daemon/liveness.ts";
import { blockEnd } from "../guard/verdict.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import { forUser } from "../sources/for_user.ts";
import { STATE_FILES } from "../state/files.ts";
import { isFresh, type QuotaState, readState } from "../state/state.ts";
import { namedStateDirectory } from "./state_directory.ts";

/** `status`: what was last read, how old it is, and whether the daemon runs. */
export function status({ options }: Invocation): Promise<number> {
  const directory = namedStateDirectory(options);
  const state = readState(`${directory}/${STATE_FILES.state}`);
  const alive = isDaemonAlive(directory);
  const lines = [
    ...(state
      ? stateLines(state, new Date(), options.maxStateAgeSeconds)
      : noStateLines(directory)),
    daemonLine(directory, alive),
  ];
  print(lines.map((line) => `${line}\n`).join(""));
  return Promise.resolve(EXIT.ok);
}

function stateLines(state: QuotaState, now: Date, maxAgeSeconds: number): string[] {
  const until = blockEnd(state, now);
  // A block whose time has passed is over, whether or not the daemon has looked since.
  const status = state.status === "blocked" && !until ? "open" : state.status;
  const lines = [`state: ${status}: ${forUser(state.reason)}`];
  if (state.usedPercent !== null) lines.push(`used: ${state.usedPercent}%`);
  if (state.resetsAt) {
    const past = state.resetsAt <= now
      ? " (it has reset)"
      : ` (in ${timeUntil(state.resetsAt, now)})`;
    lines.push(`resets: ${formatTimestamp(state.resetsAt)}${past}`);
  }
  if (until) lines.push(`agents wait until: ${formatTimestamp(until)}`);
  if (status === "unknown") lines.push("agents go on: an unknown quota stops nobody");
  const age = Math.round((now.getTime() - state.updatedAt.getTime()) / 1000);
  const stale = isFresh(state, now, maxAgeSeconds) ? "" : ` (stale: more than ${maxAgeSeconds} s)`;
  const when = age >= 0 ? `${age} s ago` : "in the future: the clock was changed";
  lines.push(`read: ${formatTimestamp(state.updatedAt)}, ${when}${stale}`);
  return lines;
}

function noStateLines(directory: string): string[] {
  return [`state: none in ${directory}; the quota has not been read yet`];
}

function daemonLine(directory: string, alive: boolean): string {
  if (!alive) return "daemon not running; start it with: quota-sentry start";
  const pid = daemonPid(directory);
  return pid === undefined ? "daemon running" : `daemon pid ${pid}`;
}

function timeUntil(date: Date, now: Date): string {
  const minutes = Math.ceil((date.getTime() - now.getTime()) / 60_000);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
