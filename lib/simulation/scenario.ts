import type { Scene } from "../sources/simulated.ts";
import type { State } from "../state/state.ts";

/** A call that was held; times in milliseconds since the start. */
export interface Hold {
  readonly call: number;
  readonly fromMs: number;
  /** Undefined while it is on. */
  readonly toMs: number | undefined;
}

/** What has been seen of a play so far; times in milliseconds since the start. */
export interface Seen {
  readonly atMs: number;
  readonly holds: readonly Hold[];
  /** When the calls ended that were not held, and how long they took. */
  readonly passed: readonly { readonly atMs: number; readonly tookMs: number }[];
  readonly states: readonly { readonly atMs: number; readonly state: State }[];
  /** An instant of the scenario, which is in seconds at the usual speed. */
  ms(seconds: number): number;
}

/** What an act may do. */
export interface Players {
  /** Stops the daemon and the agent's guard where they are, as a machine that falls asleep does. */
  sleep(): Promise<void>;
  /** Lets them go on. */
  wake(): Promise<void>;
  /** Writes the user's settings. */
  set(settings: unknown): void;
  /** Leaves the state behind that a daemon would have written whose clock was ahead by so much. */
  leaveState(aheadSeconds: number, usedPercent: number): void;
}

/** Something that happens beside the quota, once. */
export interface Act {
  readonly when: (seen: Seen) => boolean;
  /** What the trace says of it. */
  readonly news: string;
  readonly play: (players: Players) => Promise<void> | void;
}

/** What is played to one agent. Seconds are at the usual speed, from the start. */
export interface Scenario {
  /** What is about to be seen, and what of it is not real. */
  readonly about: readonly string[];
  /** What the source says. */
  readonly scenes: readonly Scene[];
  readonly acts?: readonly Act[];
  /** When the daemon is started. */
  readonly daemonFromSeconds?: number;
  readonly isOver: (seen: Seen) => boolean;
  /** It ends then, whatever was seen. */
  readonly giveUpSeconds: number;
  /** What is not as it should be, in sentences. */
  readonly faults: (seen: Seen) => readonly string[];
}
