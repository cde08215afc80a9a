import type { ToldReading } from "./told.ts";

/** How readings are told: by events of the file system, by looking every second, or not. */
export type FollowMode = "events" | "looking" | "off";

/** Something that tells readings as they happen. */
export interface Follower {
  readonly mode: FollowMode;
  /** Tells until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks once at what no event told of. */
  check(): void;
}

/** Makes a follower. */
export type MakeFollower = (options: {
  /** Called in the moment in which a reading is told. */
  readonly onReading: (reading: ToldReading) => void;
  /** Called with one line for the user when something is not as it should be. */
  readonly onProblem: (problem: string) => void;
  /** The wall clock. */
  readonly now: () => Date;
}) => Follower;
