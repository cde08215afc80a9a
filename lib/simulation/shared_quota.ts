import type { Limits } from "../harness/player.ts";
import { FIVE_HOUR_MINUTES } from "../quota/window.ts";

/** A request that was begun. */
export interface Begun {
  readonly session: number;
  /** The window that it was begun in, counted from 0. */
  readonly window: number;
  /** The threshold had been met already. */
  readonly isPast: boolean;
}

/** A request that ended past the threshold. */
export interface Past {
  readonly session: number;
  /** It was begun before the threshold was met: nothing could have held it. */
  readonly isOnItsWay: boolean;
}

/**
 * One quota that several simulated sessions spend. As with the real one, a request is refused when it
 * is begun at the wall, and one that was let in runs to its end, be it beyond 100 %.
 */
export class SharedQuota {
  /** Requests that ended past the threshold; the one that met it is not among them. */
  readonly past: Past[] = [];
  readonly #thresholdPercent: number;
  readonly #pointsPerRequest: number;
  #usedPercent: number;
  #resetsAt: Date;
  #window = 0;

  /**
   * @param first How much is used at the beginning, and when the first window resets.
   * @param pointsPerRequest In percent of the window.
   */
  constructor(first: Limits, pointsPerRequest: number, thresholdPercent: number) {
    this.#usedPercent = first.usedPercent;
    this.#resetsAt = first.resetsAt;
    this.#pointsPerRequest = pointsPerRequest;
    this.#thresholdPercent = thresholdPercent;
  }

  /** What a server would say now. */
  limits(now: Date): Limits {
    if (now >= this.#resetsAt) {
      this.#window++;
      this.#usedPercent = 0;
      this.#resetsAt = new Date(this.#resetsAt.getTime() + FIVE_HOUR_MINUTES * 60_000);
    }
    return { usedPercent: this.#usedPercent, resetsAt: this.#resetsAt };
  }

  /** Begins a request; undefined when it is refused. */
  begin(session: number, now: Date): Begun | undefined {
    const { usedPercent } = this.limits(now);
    if (usedPercent >= 100) return undefined;
    return { session, window: this.#window, isPast: usedPercent >= this.#thresholdPercent };
  }

  /** Ends a request: only now is it known what it cost. */
  end({ session, window, isPast }: Begun, now: Date): Limits {
    const { usedPercent } = this.limits(now);
    if (usedPercent >= this.#thresholdPercent) {
      this.past.push({ session, isOnItsWay: !isPast || window !== this.#window });
    }
    this.#usedPercent = usedPercent + this.#pointsPerRequest;
    return this.limits(now);
  }

  /** The most requests that one session ended past the threshold. */
  get mostPast(): number {
    const counts = new Map<number, number>();
    for (const { session } of this.past) counts.set(session, (counts.get(session) ?? 0) + 1);
    return Math.max(0, ...counts.values());
  }
}
