/** What may be asked. */
export interface Questions {
  /** The homes to choose from, as they are shown; nothing is asked where there is only one. */
  readonly homes: readonly string[];
  /** The name of the harness that all of them are of; undefined where they are of several. */
  readonly whose: string | undefined;
  /** What the weekly window does is still as delivered, so it may be asked for. */
  readonly asksWeekly: boolean;
  /** The percentage from which on the weekly window counts. */
  readonly weeklyPercent: number;
  /** There is something that could start the daemons at login, and does not yet. */
  readonly asksLogin: boolean;
}

/** What was answered; what was not asked is what is usual. */
export interface Answers {
  /** Which of the homes, by their places. */
  readonly homes: readonly number[];
  readonly holdsWeekly: boolean;
  readonly startsAtLogin: boolean;
}

/** What is usual: all homes, and nothing else is changed. */
export function usualAnswers({ homes }: Questions): Answers {
  return { homes: homes.map((_, index) => index), holdsWeekly: false, startsAtLogin: false };
}
