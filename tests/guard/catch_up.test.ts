import { assertEquals } from "@std/assert";
import { daemonHasCaughtUp } from "../../lib/guard/catch_up.ts";
import type { Caller, LoadCaller } from "../../lib/harness/callers.ts";
import { MovedClock } from "../support/clock.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { parseState } from "../../lib/state/state.ts";

const AT = 1_790_000_000_000;

function stateText(fields: Record<string, unknown>): string {
  return JSON.stringify({
    status: "open",
    updatedAt: new Date(AT).toISOString(),
    readAtMs: AT,
    guard: { holdAt: { fiveHour: 95 } },
    ...fields,
  });
}

function reading(usedPercent: number, ms: number) {
  const resetsAt = new Date(AT + 3_600_000);
  const window = { id: "primary", usedPercent, windowMinutes: 300, resetsAt, extra: false };
  const asOf = new Date(AT + ms);
  return { kind: "windows", source: "sessions", windows: [window], problems: [], asOf } as const;
}

/** A harness whose sessions have written that last. */
function calledBy(lastReading: Caller["lastReading"]): LoadCaller {
  const caller = { lastReading, ownHome: () => undefined, denialText: (reason: string) => reason };
  return () => Promise.resolve(caller);
}

/** What a session wrote last, whether the daemon writes a later state, and whether that was seen. */
const CASES: [string, ReturnType<typeof reading> | undefined, boolean, boolean][] = [
  ["nothing written yet", undefined, true, false],
  ["below the threshold", reading(94.99, 5), true, false],
  ["the state is later", reading(96, -5), true, false],
  ["at the wall, and the daemon comes to it", reading(95, 5), true, true],
  ["at the wall, and the daemon does not", reading(95, 5), false, false],
];

for (const [name, last, comes, expected] of CASES) {
  Deno.test(`catch up: ${name}: ${expected}`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "qs-test-" });
    try {
      const path = `${directory}/state.json`;
      Deno.writeTextFileSync(path, stateText({}));
      const input = {
        ended: () => Promise.resolve(),
        turn: () => Promise.resolve(undefined),
        transcript: () => Promise.resolve("/session"),
      };
      const options = {};
      const state = parseState(stateText({}));
      const caught = daemonHasCaughtUp(
        state,
        new StateDirectory(directory),
        options,
        input,
        calledBy(() => Promise.resolve(last)),
        new MovedClock(new Date(AT)),
      );
      if (comes) Deno.writeTextFileSync(path, stateText({ status: "blocked", readAtMs: AT + 5 }));
      assertEquals(await caught, expected);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("catch up: without a state, or a session's file, nothing is read", async () => {
  const state = parseState(stateText({}));
  for (const [known, path] of [[undefined, "/session"], [state, undefined]] as const) {
    const input = {
      ended: () => Promise.resolve(),
      turn: () => Promise.resolve(undefined),
      transcript: () => Promise.resolve(path),
    };
    const read = () => Promise.reject(new Error("read"));
    const caught = await daemonHasCaughtUp(
      known,
      new StateDirectory("/x"),
      {},
      input,
      calledBy(read),
    );
    assertEquals(caught, false);
  }
});
