import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { printError } from "../cli/output.ts";
import { followHistory } from "../history/follow.ts";
import { eventLine } from "../history/json.ts";
import { inOrder, pastBetween } from "../history/open.ts";
import type { PastEvent, PastReading } from "../history/past.ts";
import { homeOfDirectory } from "../state/homes.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { parseSince } from "./since.ts";
import { ownStateDirectory } from "./state_directory.ts";
import { homeOf } from "./target.ts";

const DAY = "24h";

const NO_DAEMON =
  "no daemon runs, and it is what events come from; what happens is told once there is " +
  "one: quota-sentry start, or the next session";

/** Later than all that was written, and than a clock that is ahead. */
const END = new Date(8.64e15);

/** `events`: one line of JSON for each thing that has happened, or happens. */
export async function events({ options: asked }: Invocation): Promise<number> {
  const options = await withHooksDirectory(asked);
  const since = options.sinceTime ?? (options.follow ? undefined : DAY);
  const from = since === undefined ? undefined : parseSince(since, new Date());
  if (since !== undefined && from === undefined) {
    printError(`--since takes 90m, 2d, 18:30 or 2026-01-31T18:30:00Z, not "${since}"`);
    return EXIT.usage;
  }
  const directory = new StateDirectory(ownStateDirectory(options));
  const home = homeOfDirectory(directory) ?? homeOf(options) ?? null;
  const take = (happened: PastReading | PastEvent) => tell(eventLine(happened, home));
  const past = from && pastBetween(directory, from, END);
  const isRead = !past || inOrder(past).every(take);
  if (options.follow && isRead && !directory.isDaemonAlive()) printError(NO_DAEMON);
  if (options.follow && isRead) await followHistory(directory, past?.lastIds, take);
  return EXIT.ok;
}

/** Writes a line; false when its reader has gone. */
function tell(line: string): boolean {
  const bytes = new TextEncoder().encode(line);
  try {
    for (let written = 0; written < bytes.length;) {
      written += Deno.stdout.writeSync(bytes.subarray(written));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}
