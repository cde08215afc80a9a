import { assert, assertEquals } from "@std/assert";
import type { Hold, Seen } from "../../lib/simulation/scenario.ts";
import { PLAYED, type PlayedName } from "../../lib/simulation/scenarios.ts";
import type { State } from "../../lib/state/state.ts";

/** A play in which one call was held, if any; seconds. */
function seen(holds: readonly (readonly [from: number, to?: number])[], passed = [1, 2, 15]): Seen {
  const status = (atMs: number, status: State["status"]) => ({ atMs, state: { status } as State });
  return {
    atMs: 16_000,
    holds: holds.map(([from, to], index): Hold => ({
      call: index + 1,
      fromMs: from * 1000,
      toMs: to === undefined ? undefined : to * 1000,
    })),
    passed: passed.map((at) => ({ atMs: at * 1000, tookMs: 100 })),
    states: [status(3_000, "blocked"), status(13_000, "open")],
    ms: (seconds) => seconds * 1000,
  };
}

/** What each must find fault with, and what it must not. */
const CASES: Record<PlayedName, { right: Seen; wrong: [Seen, RegExp][] }> = {
  wall: {
    right: seen([[5, 10]]),
    wrong: [
      [seen([]), /was not held/],
      [seen([[5, 8]]), /before the reset/],
      [seen([[5]]), /did not go on/],
      [seen([[5, 10], [11, 12]]), /held 2 times/],
    ],
  },
  "early-reset": {
    right: seen([[3, 9]]),
    wrong: [[seen([[3, 5]]), /while the quota was spent/], [seen([[3, 3601]]), /the old reset/]],
  },
  "source-down": {
    right: seen([[5, 12]]),
    wrong: [
      [seen([[5, 7]]), /before the reset/],
      [seen([[5, 12]], [4, 15]), /while the quota was not known/],
      [seen([[5, 12]], [1]), /after the reset/],
    ],
  },
  weekly: { right: seen([[6, 12]]), wrong: [[seen([[2, 12]]), /before the setting was/]] },
  flicker: { right: seen([[4, 13]]), wrong: [[seen([[4, 6]]), /before the reset/]] },
  "clock-jump": {
    right: seen([[8, 13]]),
    wrong: [
      [seen([[1, 13]]), /another clock's state/],
      [seen([[8, 13]], [1]), /No call went through/],
    ],
  },
  asleep: { right: seen([[4, 11]]), wrong: [[seen([[4, 9]]), /before the reset/]] },
};

for (const [name, { right, wrong }] of Object.entries(CASES)) {
  Deno.test(`scenario ${name}: finds what is wrong, and nothing else`, () => {
    const { faults } = PLAYED[name as PlayedName];
    assertEquals(faults(right), []);
    for (const [play, words] of wrong) {
      const found = faults(play);
      assert(found.some((each) => words.test(each)), `${words}: ${found.join(" ")}`);
    }
  });
}
