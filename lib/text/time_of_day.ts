/** The last or the next instant, seen from now. */
export type Which = "last" | "next";

/** What a clock on the wall shows. */
export interface Shown {
  /** Minutes since midnight, as it shows them. */
  readonly minutes: number;
  /** Tells the day from others. */
  readonly day: number;
}

const MINUTE_MS = 60_000;

/** Beyond this no time of day is still to come: a day of 25 hours, and one without it before that. */
const MOST_MINUTES = 49 * 60;

/**
 * Reads a time of day here, such as `18:30`: the next one, later than now, or the last one. Of a time that
 * comes twice on the day on which summer time ends, each counts; where the clock jumps over it, the
 * instant of the jump does. Undefined for anything else. Pure but for the time zone of this machine.
 *
 * @param shownAt What the clock shows at an instant.
 */
export function atTimeOfDay(
  text: string,
  now: Date,
  which: Which,
  shownAt: (date: Date) => Shown = shownHere,
): Date | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  const wanted = Number(hours) * 60 + Number(minutes);
  const first = Math.floor(now.getTime() / MINUTE_MS) + (which === "next" ? 1 : 0);
  const step = which === "next" ? 1 : -1;
  for (let count = 0; count < MOST_MINUTES; count++) {
    const at = new Date((first + count * step) * MINUTE_MS);
    const [shown, before] = [shownAt(at), shownAt(new Date(at.getTime() - MINUTE_MS))];
    const isReached = shown.minutes >= wanted &&
      (before.minutes < wanted || before.day !== shown.day);
    if (isReached) return at;
  }
  return undefined;
}

function shownHere(date: Date): Shown {
  return { minutes: date.getHours() * 60 + date.getMinutes(), day: date.getDate() };
}
