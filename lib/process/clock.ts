import { delay } from "./delay.ts";

/** Time, as far as anything depends on it; passed in, so that a test can move it. */
export interface Clock {
  /** The wall clock, which may be set, and goes on while the machine sleeps. */
  now(): Date;
  /** Milliseconds that have passed since some instant; never set. */
  monotonicMs(): number;
  /** Waits, or returns early when one of the signals fires. */
  delay(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void>;
}

/** The machine's own. */
export const CLOCK: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  delay,
};
