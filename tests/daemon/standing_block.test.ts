import { assertEquals } from "@std/assert";
import { standingBlock } from "../../lib/daemon/standing_block.ts";
import type { Policy } from "../../lib/quota/policy.ts";
import type { State } from "../../lib/state/state.ts";
import { HELD, minutes, NOW, read } from "../quota/readings.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
import { stateWith } from "../support/states.ts";

/** A state that holds on the 5-hour window, of which so much is known to be used. */
function held(usedPercent: number, fields: Partial<State> = {}): State {
  const { guard, ...rest } = stateWith();
  return {
    ...rest,
    guard: { ...guard, holdAt: { fiveHour: 95 } },
    block: HELD,
    known: { source: "sessions", windows: read(usedPercent).windows, at: NOW },
    ...fields,
  };
}

function rules(fields: Partial<Policy["windows"]["fiveHour"]>): Policy {
  const { windows } = DEFAULT_POLICY;
  return {
    ...DEFAULT_POLICY,
    windows: { ...windows, fiveHour: { ...windows.fiveHour, ...fields } },
  };
}

const CASES: [string, State, Policy, boolean][] = [
  ["the rules are as they were", held(96), DEFAULT_POLICY, true],
  [
    "the rules are as they were, and less is used: by its pace, say",
    held(92),
    DEFAULT_POLICY,
    true,
  ],
  ["a threshold that is not met now", held(96), rules({ thresholdPercent: 99 }), false],
  ["a higher threshold that is met all the same", held(99), rules({ thresholdPercent: 98 }), true],
  ["a lower threshold", held(96), rules({ thresholdPercent: 80 }), true],
  ["a window that holds nobody any more", held(96), rules({ mode: "advisory" }), false],
  [
    "a threshold that nobody knows whether it is met",
    held(96, { known: undefined }),
    rules({ thresholdPercent: 99 }),
    true,
  ],
  [
    "the account is stopped",
    held(96, { block: { ...HELD, what: "account", windowId: null } }),
    rules({ mode: "off" }),
    true,
  ],
];

for (const [name, state, policy, stands] of CASES) {
  Deno.test(`standingBlock: ${name}: ${stands}`, () => {
    assertEquals(standingBlock(state, policy, NOW), stands ? state.block : undefined);
  });
}

Deno.test("standingBlock: none before is none", () => {
  assertEquals(standingBlock(undefined, DEFAULT_POLICY, NOW), undefined);
  assertEquals(standingBlock(stateWith(), DEFAULT_POLICY, NOW), undefined);
});

Deno.test("standingBlock: what else is known is held on, since when it was", () => {
  const week = {
    id: "secondary",
    usedPercent: 90,
    windowMinutes: 10_080,
    resetsAt: minutes(4320),
    extra: false,
  };
  const known = { source: "sessions", windows: [...read(97).windows, week], at: NOW };
  const { guard, ...rest } = held(97, { known });
  const { windows } = DEFAULT_POLICY;
  const state = {
    ...rest,
    guard: { ...guard, holdAt: { fiveHour: 95, weekly: 80 } },
    block: { ...HELD, what: "weekly" as const, windowId: "secondary", resetsAt: minutes(4320) },
  };
  const weekly = { ...windows.weekly, mode: "off" as const };
  const policy = { ...DEFAULT_POLICY, windows: { ...windows, weekly } };
  const { what, resetsAt, since } = standingBlock(state, policy, NOW)!;
  assertEquals([what, resetsAt, since], ["fiveHour", minutes(40), HELD.since]);
});

Deno.test("standingBlock: a week's reset is told by the hour, and it is the same week", () => {
  const resetsAt = minutes(4320);
  const known = {
    source: "sessions",
    windows: [{
      id: "secondary",
      usedPercent: 85,
      windowMinutes: 10_080,
      resetsAt: minutes(4340),
      extra: false,
    }],
    at: NOW,
  };
  const block = { ...HELD, what: "weekly" as const, windowId: "secondary", resetsAt };
  const { guard, ...rest } = held(50, { known, block });
  const state = { ...rest, guard: { ...guard, holdAt: { fiveHour: 95, weekly: 80 } } };
  const { windows } = DEFAULT_POLICY;
  const at = (thresholdPercent: number): Policy => ({
    ...DEFAULT_POLICY,
    windows: { ...windows, weekly: { mode: "hold", thresholdPercent } },
  });
  assertEquals(standingBlock(state, at(85), NOW), block);
  assertEquals(standingBlock(state, at(90), NOW), undefined);
});
