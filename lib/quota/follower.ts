import type { DatedReading } from "./reading.ts";

/**
 * How readings are told: by events of the file system; by looking every second; or not, since there is
 * nothing to follow.
 */
export type FollowMode = "events" | "looking" | "off";

/** Something that tells readings as they happen. */
export interface Follower {
  readonly mode: FollowMode;
  /** Tells until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks once at what no event told of. */
  check(): void;
}

/** Whom a follower tells. */
export interface FollowerOptions {
  /** Called in the moment in which a reading is written. */
  readonly onReading: (reading: DatedReading) => void;
  /** Called with one line for the user when something is not as it should be. */
  readonly onProblem?: (problem: string) => void;
  /** The wall clock. */
  readonly now: () => Date;
}

/** Makes a follower. */
export type MakeFollower = (options: FollowerOptions) => Follower;
