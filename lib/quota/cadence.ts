/** When to read the quota again. */
export interface Cadence {
  /** `fixed` reads every interval; `adaptive` goes by the burn. */
  readonly kind: "fixed" | "adaptive";
  /** Seconds; for `adaptive` where nothing is known yet. */
  readonly intervalSeconds: number;
}

/** What is known when the next reading is planned. */
export interface Course {
  /** Percent of the 5-hour window used; null when unknown. */
  readonly usedPercent: number | null;
  readonly thresholdPercent: number;
  /** Percent per second; undefined when it was not measured. */
  readonly burn: number | undefined;
  /** The next reset or end of a block, if there is one. */
  readonly nextChange: Date | null;
  /**
   * How long after the quota was asked for a session told a reading for the last time, in seconds;
   * undefined when none has since.
   */
  readonly toldAfterSeconds?: number;
  /** How long a reading counts, in seconds: the next one is to come earlier. */
  readonly freshForSeconds: number;
  /** Readings that failed in a row. */
  readonly failures: number;
  /** When the quota was asked for. */
  readonly now: Date;
  /** From 0 to 1; spreads retries of many machines. */
  readonly random: number;
}

/** An adaptive cadence never reads more often, nor less often, in seconds. */
const MIN_SECONDS = 15;
const MAX_SECONDS = 300;
const MAX_BACKOFF_SECONDS = 900;

/** How long it may take to read, in seconds, while what was read before is to count still. */
const READS_SECONDS = 30;

/** While sessions tell how much is used, the quota is asked for only this often, in seconds. */
const TOLD_SECONDS = 600;

/** A reading that is due with a reset comes this much after it, in seconds. */
const AFTER_CHANGE_SECONDS = 1;

/**
 * Seconds from the last asking to the next. Pure. It is asked for right after each reset; the
 * adaptive cadence also asks early enough that the wall cannot be reached between two readings, slowly
 * when idle or far away, and with growing, uneven pauses while the source fails. Where sessions tell
 * what they use, it is asked for rarely, and as usual once they have been silent for an interval.
 */
export function nextReadingSeconds(cadence: Cadence, course: Course): number {
  const { toldAfterSeconds = 0, failures } = course;
  const usual = cadence.kind === "fixed" ? cadence.intervalSeconds : adaptive(cadence, course);
  const told = Math.min(TOLD_SECONDS, toldAfterSeconds + cadence.intervalSeconds);
  const planned = toldAfterSeconds > 0 && failures === 0 ? Math.max(usual, told) : usual;
  if (course.nextChange === null) return planned;
  const change = (course.nextChange.getTime() - course.now.getTime()) / 1000 + AFTER_CHANGE_SECONDS;
  const least = cadence.kind === "fixed" ? AFTER_CHANGE_SECONDS : MIN_SECONDS;
  return change > 0 ? Math.min(planned, Math.max(change, least)) : planned;
}

function adaptive(cadence: Cadence, course: Course): number {
  const { failures, random, usedPercent, thresholdPercent, burn } = course;
  if (failures > 0) {
    const pause = Math.min(MAX_BACKOFF_SECONDS, cadence.intervalSeconds * 2 ** (failures - 1));
    return Math.max(MIN_SECONDS, pause * (0.75 + random / 2));
  }
  if (usedPercent === null || burn === undefined) {
    return Math.max(MIN_SECONDS, cadence.intervalSeconds);
  }
  const most = Math.max(MIN_SECONDS, Math.min(MAX_SECONDS, course.freshForSeconds - READS_SECONDS));
  if (burn === 0) return most;
  // Half the way to the wall: a burn that doubles meanwhile does not get past it unseen.
  const halfWay = Math.max(0, thresholdPercent - usedPercent) / burn / 2;
  return Math.min(most, Math.max(MIN_SECONDS, halfWay));
}
