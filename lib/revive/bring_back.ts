import type { BroughtBack, Death } from "../harness/death.ts";
import type { Wall } from "../harness/wall.ts";
import type { Clock } from "../process/clock.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";
import { isOfDeath, readRevivals, type Revival } from "../state/revivals.ts";

/** How to bring a session back. */
export interface BringBackOptions {
  readonly directory: OwnStateDirectory;
  readonly wall: Wall;
  readonly clock: Clock;
  /** What it is told. */
  readonly message: string;
  /** Ends the wait for what comes of it. */
  readonly signal?: AbortSignal;
  /** Judges anew, by what is written down now; a reason not to, or undefined. */
  readonly whyNot: (revivals: readonly Revival[]) => Promise<string | undefined>;
}

/** What is written down is kept for so long, in milliseconds: longer than any window. */
const KEPT_MS = 40 * 86_400_000;

/**
 * Brings a session back, once. One at a time does so for a home, whatever its state directory is. What
 * is to be done is on the disk before it is done, and all is looked at again in between: whoever is
 * killed here, at whatever instant, leaves a session that nobody else brings back by itself.
 *
 * @throws When it cannot be written down; then nothing was done.
 */
export async function bringBack(death: Death, options: BringBackOptions): Promise<BroughtBack> {
  const { directory, wall, clock, message, signal } = options;
  using ours = directory.lockToRevive();
  using homes = ours && wall.lock();
  if (!ours || !homes) return { kind: "not-done", why: BUSY };
  const before = readRevivals(directory).find((each) => isOfDeath(each, death));
  const why = await begin(death, options, await wall.obstacle(death));
  if (why !== undefined) return { kind: "not-done", why };
  const outcome = await wall.goOn(death, message, signal);
  // Where nothing was done now, what was sent before still counts.
  const known: Partial<Revival> = outcome.kind === "not-done" && before?.outcome === "pending"
    ? { outcome: before.outcome, why: before.why, file: before.file, sent: before.sent }
    : knownBy(outcome, death);
  await note(death, directory, clock.now(), known);
  return outcome;
}

function knownBy(outcome: BroughtBack, { file }: Death): Partial<Revival> {
  switch (outcome.kind) {
    case "done":
      return { outcome: "done", why: undefined };
    case "not-done":
      return { outcome: "not-done", why: outcome.why };
    case "pending":
      return { outcome: "pending", why: outcome.why, file, sent: outcome.sent };
  }
}

/**
 * Takes it on oneself to go on with a session, where that is done by the caller and may take hours: it is
 * written down, and nobody else does it.
 *
 * @returns Why it is not to be done; undefined where it is.
 * @throws When it cannot be written down; then it is not to be done.
 */
export async function takeOn(
  death: Death,
  options: Omit<BringBackOptions, "message">,
): Promise<string | undefined> {
  using ours = options.directory.lockToRevive();
  using homes = ours && options.wall.lock();
  if (!ours || !homes) return BUSY;
  return await begin(death, options, undefined);
}

/** It is somebody else's turn, for a moment. */
export const BUSY = "another session is being brought back just now";

/** Who has begun so short a time ago, in milliseconds, may still be at it. */
const AT_IT_MS = 60_000;

/** Looks at all again and writes down that it is begun; tells why not. The caller holds the locks. */
async function begin(
  death: Death,
  { directory, wall, clock, whyNot }: Omit<BringBackOptions, "message">,
  obstacle: string | undefined,
): Promise<string | undefined> {
  const revivals = readRevivals(directory);
  const own = revivals.find((each) => isOfDeath(each, death));
  const sinceMs = clock.now().getTime() - (own?.begunAt?.getTime() ?? -Infinity);
  const isAtIt = own?.outcome === undefined && sinceMs >= 0 && sinceMs < AT_IT_MS;
  const why = (isAtIt ? "somebody is about to go on with it" : undefined) ??
    await whyNot(revivals) ?? obstacle;
  if (why !== undefined) return why;
  const faster = "somebody went on with it in this moment";
  if (!await wall.isStillDead(death)) return faster;
  const tries = (own?.tries ?? 0) + 1;
  await note(death, directory, clock.now(), { begunAt: clock.now(), tries, outcome: undefined });
  if (await wall.isStillDead(death)) return undefined;
  await note(death, directory, clock.now(), { outcome: "not-done", why: faster });
  return faster;
}

/**
 * Writes down what is known of a death; what was known stays. The caller holds the lock for it.
 *
 * @throws When it cannot be written.
 */
export async function note(
  death: Pick<Revival, "session" | "turn" | "diedAt" | "resetsAt">,
  directory: OwnStateDirectory,
  now: Date,
  known: Partial<Revival>,
): Promise<void> {
  const { session, turn, diedAt, resetsAt } = death;
  const all = readRevivals(directory);
  const before = all.find((each) => isOfDeath(each, death));
  const others = all.filter((each) =>
    !isOfDeath(each, death) && now.getTime() - each.seenAt.getTime() < KEPT_MS
  );
  const revival = { session, turn, diedAt, resetsAt, seenAt: now, ...before, ...known };
  await directory.commitRevivals([...others, revival]);
}
