import type { Settings } from "../config/settings.ts";
import type { Clock } from "../process/clock.ts";
import { settle, type Settled } from "../quota/block.ts";
import { nextSample } from "../quota/burn.ts";
import { withCredits } from "../quota/credits.ts";
import { decide, type Decision } from "../quota/decision.ts";
import { type Doubt, doubtOf } from "../quota/doubt.ts";
import type { FollowMode } from "../quota/follower.ts";
import { authorityOf, type Reading } from "../quota/reading.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";
import type { State } from "../state/state.ts";
import { isNews, newState } from "./new_state.ts";
import { standingBlock } from "./standing_block.ts";
import { takeIn } from "./take_in.ts";

/** How a reading is to be recorded. */
export interface RecordOptions {
  readonly directory: OwnStateDirectory;
  readonly settings: Settings;
  /** Seconds until the next reading, for `pace`. */
  readonly nextReadingSeconds: number;
  readonly clock: Clock;
  /** Tells how the daemon follows sessions, where it is the daemon that records. */
  readonly following?: () => FollowMode;
  /** A second reading agrees: it is believed, however surprising it is. */
  readonly isConfirmed?: boolean;
  /** Not worth writing if nothing is decided anew and the state is at most this old. */
  readonly unlessFresherThanMs?: number;
}

/** What came of a reading. */
export type Recorded =
  | {
    readonly kind: "recorded" | "kept";
    readonly decision: Decision;
    readonly reading: Reading;
    /** Percent of the 5-hour window per second, where it was measured. */
    readonly burn: number | undefined;
  }
  /** It takes a second opinion to believe it; the state is as it was. */
  | { readonly kind: "doubted"; readonly doubt: Doubt; readonly settled: Settled }
  /** A later reading was there already. */
  | { readonly kind: "late" };

/**
 * Takes a reading in, whether it was asked for or told: settles it with what was believed, writes the
 * state, and tells those that are held. Everything up to the write is done at once where nobody else
 * is writing: between a session's line and its next request there are some 17 milliseconds.
 *
 * @param readAt When the numbers were true, or when asking for them began.
 * @throws When the state cannot be written.
 */
export async function record(
  told: Reading,
  readAt: Date,
  options: RecordOptions,
): Promise<Recorded> {
  const { directory, settings, clock } = options;
  // Also without the lock after its timeout: the write itself is atomic.
  using _lock = await directory.lockToRecord();
  const at = clock.now();
  const before = directory.state();
  if (isLate(told, readAt, before, settings, at)) return { kind: "late" };

  const { nextReadingSeconds } = options;
  const areRules = options.following !== undefined;
  const { reading, five, burn, block, settled } = takeIn(told, {
    before,
    readAt,
    at,
    settings,
    nextReadingSeconds,
    areRules,
  });
  if (!options.isConfirmed) {
    const believed = { known: before?.known, block };
    const doubt = doubtOf(believed, reading, settled, at);
    if (doubt !== undefined) return { kind: "doubted", doubt, settled };
  }
  const outcome = { decision: settled.decision, reading, burn };
  const news = isNews(before, settled.decision);
  const ageMs = before ? Math.abs(at.getTime() - before.readAt.getTime()) : Infinity;
  if (!news && ageMs <= (options.unlessFresherThanMs ?? -1)) return { kind: "kept", ...outcome };

  const sample = five ? nextSample(before?.sample, five, readAt) : before?.sample;
  const following = options.following?.() ?? before?.following;
  const isDropped = settled.decision.status === "unknown" && before?.block !== undefined &&
    before.block.blockedUntil > at;
  directory.commit(newState({
    before,
    reading,
    settled,
    readAt,
    burn,
    sample,
    following,
    settings,
    areRules,
    at,
    ...(isDropped ? { dropped: "rules" } : {}),
  }));
  if (news) await directory.wake(settled.decision.status === "open" ? "open" : "look");
  return { kind: "recorded", ...outcome };
}

/** Judges a reading without writing anything: another source's opinion. */
export function judge(told: Reading, options: RecordOptions): Settled {
  const { directory, settings, clock } = options;
  const [before, now] = [directory.state(), clock.now()];
  const reading = told.kind === "windows" ? withCredits(told, now, before?.known) : told;
  const block = standingBlock(before, settings.policy, now);
  return settle(block, reading, decide(reading, settings.policy, now), now);
}

/**
 * Newer beats older, whatever the source. A reading that failed says nothing of the quota, so it never
 * makes one late that has numbers; nor does it take away what a session has just written down. One
 * from the future was written before the clock was set back. What sessions wrote down before another
 * account was signed in is of the one before.
 */
function isLate(
  reading: Reading,
  readAt: Date,
  before: State | undefined,
  { maxStateAgeSeconds }: Settings,
  now: Date,
): boolean {
  if (!before) return false;
  const { known } = before;
  if (reading.kind === "failed") {
    const isTold = known !== undefined && authorityOf(known.source) === "recorded" &&
      before.source === known.source && now >= known.at &&
      now.getTime() - known.at.getTime() <= maxStateAgeSeconds * 1000;
    return isTold || (before.readAt > readAt && before.readAt <= now);
  }
  const { forgottenAt } = before;
  const isForgotten = forgottenAt !== undefined && readAt <= forgottenAt && forgottenAt <= now;
  if (isForgotten && authorityOf(reading.source) === "recorded") return true;
  const last = before.status === "unknown" && known === undefined
    ? undefined
    : known?.at ?? before.readAt;
  return last !== undefined && last > readAt && last <= now;
}
