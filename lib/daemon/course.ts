import type { Settings } from "../config/settings.ts";
import { nextReadingSeconds } from "../quota/cadence.ts";
import type { Decision } from "../quota/decision.ts";
import type { Observed } from "./observe.ts";

/** A clock that is kept right goes back by less than this, in milliseconds. */
const SLEW_MS = 1_000;

/** What the daemon knows of the quota's course, and when it is to ask again. */
export class DaemonCourse {
  #usedPercent: number | null = null;
  #burn: number | undefined;
  #nextChange: Date | null = null;
  #askedAt = new Date(0);
  #toldAt: Date | undefined;
  #failures = 0;
  #random = 0;

  /** The quota was asked for; undefined when nothing came of it, `late` when others were faster. */
  asked(outcome: (Observed & { kind: "decided" }) | "late" | undefined, at: Date): void {
    this.#askedAt = at;
    this.#toldAt = undefined;
    this.#random = Math.random();
    if (outcome === "late") {
      this.#failures = 0;
      return;
    }
    const isFailed = outcome === undefined || outcome.reading.kind === "failed";
    this.#failures = isFailed ? this.#failures + 1 : 0;
    this.#usedPercent = outcome?.decision.window?.usedPercent ?? null;
    this.#burn = outcome?.burn;
    this.#nextChange = outcome ? nextChangeOf(outcome.decision, at) : null;
  }

  /**
   * A session has told how much is used.
   *
   * @returns True when the quota changes by itself earlier than was known.
   */
  told(decision: Decision, burn: number | undefined, at: Date): boolean {
    const before = this.#nextChange;
    this.#toldAt = at;
    this.#failures = 0;
    this.#usedPercent = decision.window?.usedPercent ?? null;
    this.#burn = burn;
    this.#nextChange = nextChangeOf(decision, at);
    return this.#nextChange !== null && (before === null || this.#nextChange < before);
  }

  /** Seconds until the quota is to be asked for; 0 or less when that is now. */
  dueInSeconds({ cadence, policy, maxStateAgeSeconds }: Settings, now: Date): number {
    const asked = this.#askedAt.getTime();
    const seconds = nextReadingSeconds(cadence, {
      usedPercent: this.#usedPercent,
      thresholdPercent: policy.windows.fiveHour.thresholdPercent,
      burn: this.#burn,
      nextChange: this.#nextChange,
      toldAfterSeconds: this.#toldAt && (this.#toldAt.getTime() - asked) / 1000,
      freshForSeconds: maxStateAgeSeconds,
      failures: this.#failures,
      now: this.#askedAt,
      random: this.#random,
    });
    // A clock that was set back must not make anybody wait longer than was planned: how long it was
    // since, nobody can say.
    if (asked - now.getTime() > SLEW_MS) return 0;
    return Math.min(seconds, asked / 1000 + seconds - now.getTime() / 1000);
  }
}

/** The next instant at which a decision changes by itself. */
function nextChangeOf(decision: Decision, now: Date): Date | null {
  const blockedUntil = decision.status === "blocked" ? decision.blockedUntil : null;
  const changes = [decision.window?.resetsAt, blockedUntil].flatMap((date) =>
    date && date > now ? [date.getTime()] : []
  );
  return changes.length > 0 ? new Date(Math.min(...changes)) : null;
}
