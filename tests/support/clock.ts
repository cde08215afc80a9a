import type { Clock } from "../../lib/process/clock.ts";

/** A clock that stands still, but for what is waited for and what a test moves. */
export class MovedClock implements Clock {
  #wallMs: number;
  #passedMs = 0;

  constructor(now: Date) {
    this.#wallMs = now.getTime();
  }

  now = (): Date => new Date(this.#wallMs);

  monotonicMs = (): number => this.#passedMs;

  /** Waiting is time that passes. */
  delay = (ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void> => {
    if (!signals.some((signal) => signal?.aborted)) this.pass(ms);
    return Promise.resolve();
  };

  /** So much time passes. */
  pass(ms: number): void {
    this.#wallMs += ms;
    this.#passedMs += ms;
  }

  /** The wall clock is set. */
  set(now: Date): void {
    this.#wallMs = now.getTime();
  }
}
