import { buildId } from "../../process/build_id.ts";
import { daemonBuild } from "../../state/daemon_note.ts";
import { oneLine } from "../../state/log.ts";
import { formatTimestamp } from "../../text/timestamp.ts";
import { readQuota } from "../calls.ts";
import { look } from "../look.ts";
import type { Outcome } from "../verdict.ts";
import { type Hold, stepHold } from "./hold.ts";
import { DEFAULT_RECHECK_SECONDS } from "./in_program.ts";
import { formatHold } from "./token.ts";
import { endOf, type Holder, note, wishOf } from "./told.ts";

/**
 * A hold is measured anew when so much is left until its end, or until the user's bound on it if that
 * comes first, since a script that counts stretches drifts; at the end it goes on without asking.
 */
const LAST_STRETCH_MS = 45_000;

/** The script counts such stretches, and looks between them whether all whom it waits for live. */
const STRETCH_MS = 60_000;

/** Whatever the numbers are, the program is not asked more often than this. */
const LEAST_MS = 1_000;

/**
 * One look at a hold, for the hook script that waits instead of this program, so that no runtime sleeps
 * in memory. The answer is one line:
 *
 * - `hold EVENT STRETCHES SECONDS STAGGER DAEMON SINCE UNTIL TOKEN REASON`: wait so long, unless something is
 *   told meanwhile; then EVENT has come: `time` for the end, `look` for asking again. STAGGER is in
 *   milliseconds, SINCE in seconds since 1970; TOKEN is the hold itself; REASON comes when it begins,
 *   for the log.
 * - `alone …`, the same when there is no daemon that would tell of anything.
 * - `reset STAGGER`: the hold is over, for all that were held.
 * - nothing, or what the harness reads as a denial: the hold is over.
 */
export async function step(hold: Hold, holder: Holder, reason = ""): Promise<Outcome> {
  const { options, directory } = holder;
  const now = look(directory, options);
  const isPaused = directory.pausedUntil(now.now) !== undefined;
  const wish = wishOf(hold, holder);
  const next = stepHold(hold, { ...now, isPaused, isParentGone: false, wish });
  if (next.kind !== "hold") {
    const outcome = endOf(hold, next, holder);
    await note(holder, outcome.text);
    const isReset = next.kind === "release" && next.isReset;
    return isReset ? { ...outcome, answer: `reset ${staggerOf(hold)}` } : outcome;
  }
  if (!options.stateOnly && !now.isDaemonAlive) {
    await readQuota(options, directory, options.intervalSeconds ?? DEFAULT_RECHECK_SECONDS);
  }
  // A daemon of an older build may not know how to tell.
  const isWatched = now.isDaemonAlive && daemonBuild(directory) === buildId();
  return {
    text: "holds",
    answer: `${answerFor(next.hold, now.now, isWatched ? directory.daemonPid() : undefined)} ${
      oneLine(reason)
    }`,
  };
}

/** The line for a hold that goes on. Pure. */
export function answerFor(hold: Hold, now: Date, daemon: number | undefined): string {
  const untilEnd = hold.until.getTime() - now.getTime();
  const untilBound = hold.bound === null ? Infinity : hold.bound.getTime() - now.getTime();
  const untilFirst = Math.min(untilEnd, untilBound);
  const isLast = untilFirst <= LAST_STRETCH_MS + STRETCH_MS;
  // Only the program knows what comes at a bound.
  const isEnd = isLast && untilEnd <= untilBound;
  const wanted = isLast ? untilFirst : untilFirst - LAST_STRETCH_MS;
  const ms = Math.max(isEnd ? 1 : LEAST_MS, wanted);
  // Never a whole stretch less: what is left over is never nothing.
  const stretches = Math.ceil(ms / STRETCH_MS) - 1;
  return [
    daemon === undefined ? "alone" : "hold",
    isEnd ? "time" : "look",
    stretches,
    ((ms - stretches * STRETCH_MS) / 1000).toFixed(3),
    staggerOf(hold),
    daemon ?? 0,
    Math.floor(hold.begunAt.getTime() / 1000),
    formatTimestamp(hold.until),
    formatHold(hold),
  ].join(" ");
}

function staggerOf(hold: Hold): number {
  return Math.round(hold.staggerSeconds * 1000);
}
