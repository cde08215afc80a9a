/** What `simulate` shows, by name, in a few words; the first where none is named. */
export const SCENARIOS = {
  wall: "one agent, held before the wall until the reset",
  "early-reset": "the quota is back long before it was to be",
  "source-down": "nobody tells the quota: before the wall, and while an agent is held",
  weekly: "the weekly window is nearly spent: told of, then a reason to hold",
  flicker: "the source says now this, now that; the hold stays",
  burst: "four agents that spend one quota",
  "clock-jump": "a state that another clock has left holds nobody",
  asleep: "the machine sleeps over the reset",
  fifty: "fifty sessions that spend one quota",
} as const;

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

/** Their names. */
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

/** True for the name of a scenario. */
export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** How much faster than real time the simulated quota runs: five hours in ten seconds. */
export const USUAL_SPEED = 1800;

/** Faster, and nobody could look in between. */
export const MOST_SPEED = 3600;
