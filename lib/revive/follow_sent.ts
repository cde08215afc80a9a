import type { Wall } from "../harness/wall.ts";
import type { Clock } from "../process/clock.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";
import { readRevivals, type Revival } from "../state/revivals.ts";
import { messageOf } from "../text/message_of.ts";
import { note } from "./bring_back.ts";

/** How to look after messages that wait. */
export interface FollowSentOptions {
  readonly directory: OwnStateDirectory;
  readonly wall: Wall;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called with what has become of one, in words for the log. */
  readonly tell: (revival: Revival, what: string) => void;
}

/** A turn that somebody types lasts longer, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A Codex that cannot be asked is not started again sooner, however much a session writes. */
const AGAIN_AFTER_MS = 30_000;

/**
 * Looks after messages that were sent and wait (somebody pressed Esc there, say), until none does: when
 * the user goes on by himself, his message is taken back, or one death would have two turns.
 *
 * @throws When what was written down cannot be understood.
 */
export async function followSent(options: FollowSentOptions): Promise<void> {
  const { directory, clock, signal } = options;
  /** As the files were when they were last looked at. */
  const seen = new Map<string, string>();
  /** Until when they are left alone, on the monotonic clock. */
  const notBefore = new Map<string, number>();
  while (!signal.aborted) {
    const waiting = waitingIn(directory);
    if (waiting.length === 0) return;
    for (const revival of waiting) {
      const { file, turn } = revival;
      const current = stampOf(file);
      if (seen.get(turn) === current || clock.monotonicMs() < (notBefore.get(turn) ?? 0)) continue;
      const looked = await settle(revival, options);
      if (looked !== "busy") seen.set(turn, current);
      if (looked === "failed") notBefore.set(turn, clock.monotonicMs() + AGAIN_AFTER_MS);
    }
    await clock.delay(LOOK_EVERY_MS, signal);
  }
}

/** One whose message waits. */
type Waiting = Revival & Required<Pick<Revival, "file" | "sent">>;

function waitingIn(directory: OwnStateDirectory): Waiting[] {
  return readRevivals(directory).flatMap((each) => {
    const { file, sent, outcome } = each;
    return outcome === "pending" && file !== undefined && sent ? [{ ...each, file, sent }] : [];
  });
}

/** Changes with a file; that it is gone is told as well. */
function stampOf(file: string): string {
  try {
    const { size, mtime } = Deno.statSync(file);
    return `${size} ${mtime?.getTime()}`;
  } catch {
    return "gone";
  }
}

/** Looks at one; `busy` where somebody else is at it. */
async function settle(
  revival: Waiting,
  options: FollowSentOptions,
): Promise<"done" | "busy" | "failed"> {
  const { directory, wall, clock, signal, tell } = options;
  using ours = directory.lockToRevive();
  using homes = ours && wall.lock();
  if (!ours || !homes) return "busy";
  try {
    const fate = await wall.followUp(revival, revival.sent, signal);
    if (fate === "waits") return "done";
    const isGone = fate === "gone";
    const why = isGone ? undefined : TAKEN_BACK;
    const outcome = isGone ? "done" : "not-done";
    await note(revival, directory, clock.now(), { outcome, why, sent: undefined });
    tell(revival, isGone ? "the message has gone" : TAKEN_BACK);
    return "done";
  } catch (error) {
    tell(revival, `what became of the message is not known: ${messageOf(error)}`);
    return "failed";
  }
}

const TAKEN_BACK = "somebody went on with it first; the message was taken back";
