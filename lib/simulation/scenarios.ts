import { FIVE_HOUR_MINUTES } from "../quota/window.ts";
import type { Scene } from "../sources/simulated.ts";
import type { ScenarioName } from "./names.ts";
import type { Scenario, Seen } from "./scenario.ts";

const WEEK_MINUTES = 7 * 24 * 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Those with one agent and a source that is told what to say; the others are in `burst.ts`. */
export type PlayedName = Exclude<ScenarioName, "burst" | "fifty">;

/** What each is. */
export const PLAYED: Readonly<Record<PlayedName, Scenario>> = {
  wall: {
    about: [
      "An agent calls tools until the window is 95% used; the guard then holds it until the reset.",
    ],
    scenes: [
      scene(0, fiveHours(60, 9, 8)),
      scene(9, fresh(9)),
    ],
    giveUpSeconds: 14,
    isOver: isOpenAgain,
    faults: (seen) => heldOnceUntil(seen, 9),
  },
  "early-reset": {
    about: [
      "The quota is spent and to be back in an hour, but it is back after seconds. That would let",
      "agents go early, so it is asked for twice.",
    ],
    scenes: [
      scene(0, fiveHours(75, HOUR_SECONDS, 12)),
      scene(6, fresh(6)),
    ],
    giveUpSeconds: 16,
    isOver: isOpenAgain,
    faults: (seen) => [
      ...heldOnce(seen),
      ...fault(
        first(seen)?.toMs,
        (ms) => ms >= seen.ms(6),
        "It went on while the quota was spent.",
      ),
      ...fault(
        first(seen)?.toMs,
        (ms) => ms < seen.ms(HOUR_SECONDS),
        "It waited for the old reset.",
      ),
    ],
  },
  "source-down": {
    about: [
      "Nobody tells the quota at first: what is not known holds nobody. Then it is spent, and nobody",
      "tells again: a hold that is on stays on, to the reset and no longer.",
    ],
    scenes: [
      { fromSeconds: 0, answers: [{ failed: "the simulated source is down" }] },
      scene(3, fiveHours(97, 11)),
      { fromSeconds: 6, answers: [{ failed: "the simulated source is down again" }] },
    ],
    giveUpSeconds: 16,
    isOver: (seen) => passedAfterHold(seen),
    faults: (seen) => [
      ...(seen.passed.some(({ atMs }) => atMs < firstBlockedMs(seen))
        ? []
        : ["No call went through while the quota was not known."]),
      ...heldOnceUntil(seen, 11),
      ...(passedAfterHold(seen) ? [] : ["No call went through after the reset."]),
    ],
  },
  weekly: {
    about: [
      "93% of the weekly window is used. By default that is told of and holds nobody; then the setting",
      "windows.weekly.mode becomes `hold`, and the agent is held until the week is over.",
    ],
    scenes: [
      scene(0, fiveHours(20, HOUR_SECONDS), week(93, 11)),
      scene(11, fiveHours(21, HOUR_SECONDS), week(1, 11 + 7 * DAY_SECONDS)),
    ],
    acts: [{
      when: (seen) => seen.atMs >= seen.ms(4) && seen.passed.length > 0,
      news: "windows.weekly.mode is set to hold",
      play: (players) => players.set({ windows: { weekly: { mode: "hold" } } }),
    }],
    giveUpSeconds: 16,
    isOver: isOpenAgain,
    faults: (seen) => [
      ...fault(
        first(seen)?.fromMs,
        (ms) => ms >= seen.ms(4),
        "It was held before the setting was.",
      ),
      ...heldOnceUntil(seen, 11),
    ],
  },
  flicker: {
    about: [
      "The quota is spent. From then on the source says in turn that most of it is left, that there is",
      "no such window, that it is down, and the truth. None of that lets the agent go.",
    ],
    scenes: [
      scene(0, fiveHours(75, 12, 12)),
      {
        fromSeconds: 3,
        answers: [
          { windows: [fiveHours(97, 12)] },
          { windows: [fiveHours(97, 12)] },
          { windows: [fiveHours(20, 12)] },
          { windows: [fiveHours(97, 12)] },
          { windows: [week(40, DAY_SECONDS)] },
          { windows: [fiveHours(97, 12)] },
          { failed: "the simulated source is down" },
          { windows: [fiveHours(97, 12)] },
        ],
      },
      scene(12, fresh(12)),
    ],
    giveUpSeconds: 17,
    isOver: isOpenAgain,
    faults: (seen) => heldOnceUntil(seen, 12),
  },
  "clock-jump": {
    about: [
      "The clock of this machine stays as it is. What is simulated is what a jump leaves behind: states",
      "with the times of a clock that was a week ahead, and of one that was three hours behind. Both",
      "say `blocked`; neither holds anybody. Then the daemon starts, and all is as usual.",
    ],
    scenes: [
      scene(0, fiveHours(60, 12)),
      scene(6, fiveHours(97, 12)),
      scene(12, fresh(12)),
    ],
    acts: [
      {
        when: () => true,
        news: "a state from a clock that was a week ahead",
        play: (players) => players.leaveState(7 * DAY_SECONDS, 97),
      },
      {
        when: (seen) => seen.atMs >= seen.ms(2) && seen.passed.length >= 2,
        news: "a state from a clock that was three hours behind",
        play: (players) => players.leaveState(-3 * HOUR_SECONDS, 98),
      },
    ],
    daemonFromSeconds: 4,
    giveUpSeconds: 17,
    isOver: isOpenAgain,
    faults: (seen) => [
      ...fault(
        first(seen)?.fromMs,
        (ms) => ms >= seen.ms(6),
        "It was held by another clock's state.",
      ),
      ...(seen.passed.length >= 2 ? [] : ["No call went through on those states."]),
      ...heldOnceUntil(seen, 12),
    ],
  },
  asleep: {
    about: [
      "This machine stays awake. What sleeps are the daemon and the agent's guard: both are stopped",
      "(SIGSTOP) while the agent is held, over the reset, and then go on. Their clocks have gone on",
      "meanwhile, as the wall clock does in a real sleep.",
    ],
    scenes: [
      scene(0, fiveHours(75, 8, 12)),
      scene(8, fresh(8)),
    ],
    acts: [
      {
        when: (seen) => seen.holds.length > 0 && seen.atMs < seen.ms(8),
        news: "they fall asleep",
        play: (players) => players.sleep(),
      },
      {
        when: (seen) => seen.holds.length > 0 && seen.atMs >= seen.ms(10),
        news: "they wake up",
        play: (players) => players.wake(),
      },
    ],
    giveUpSeconds: 16,
    isOver: isOpenAgain,
    faults: (seen) => [
      ...heldOnceUntil(seen, 10),
      ...(seen.states.some(({ atMs, state }) => atMs >= seen.ms(10) && state.status === "open")
        ? []
        : ["The daemon did not read the quota after it woke up."]),
    ],
  },
};

function scene(fromSeconds: number, ...windows: ReturnType<typeof fiveHours>[]): Scene {
  return { fromSeconds, answers: [{ windows }] };
}

function fiveHours(usedPercent: number, resetsAfterSeconds: number, perSecond = 0) {
  return {
    id: "primary",
    windowMinutes: FIVE_HOUR_MINUTES,
    usedPercent,
    perSecond,
    resetsAfterSeconds,
  };
}

/** A window that has just been opened. */
function fresh(atSeconds: number) {
  return fiveHours(1, atSeconds + FIVE_HOUR_MINUTES * 60);
}

function week(usedPercent: number, resetsAfterSeconds: number) {
  return {
    id: "secondary",
    windowMinutes: WEEK_MINUTES,
    usedPercent,
    perSecond: 0,
    resetsAfterSeconds,
  };
}

/** The agent was held and goes on, and the state says that it may. */
function isOpenAgain({ holds, states }: Seen): boolean {
  return holds.length > 0 && holds.every(({ toMs }) => toMs !== undefined) &&
    states.at(-1)?.state.status === "open";
}

function passedAfterHold({ holds, passed }: Seen): boolean {
  const toMs = holds.at(-1)?.toMs;
  return toMs !== undefined && passed.some(({ atMs }) => atMs > toMs);
}

function firstBlockedMs({ states }: Seen): number {
  return states.find(({ state }) => state.status === "blocked")?.atMs ?? Infinity;
}

function first({ holds }: Seen) {
  return holds[0];
}

/** A fault, unless something was seen and is right. What was not seen at all is another's to say. */
function fault(ms: number | undefined, isRight: (ms: number) => boolean, words: string): string[] {
  return ms === undefined || isRight(ms) ? [] : [words];
}

function heldOnce({ holds }: Seen): string[] {
  if (holds.length === 0) return ["The agent was not held."];
  if (holds.length > 1) return [`The agent was held ${holds.length} times.`];
  return holds[0]!.toMs === undefined ? ["The agent did not go on."] : [];
}

function heldOnceUntil(seen: Seen, resetSeconds: number): string[] {
  const early = "It went on before the reset.";
  return [
    ...heldOnce(seen),
    ...fault(first(seen)?.toMs, (ms) => ms >= seen.ms(resetSeconds), early),
  ];
}
