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
export type MakeFollower = (
  onReading: (reading: ToldReading) => void,
  now: () => Date,
) => Follower;
