import { assertEquals } from "@std/assert";
import { standingOf } from "../../lib/guard/standing.ts";
import { type PromptFacts, promptLine } from "../../lib/report/prompt_line.ts";
import type { State } from "../../lib/state/state.ts";
import { blockedFor, inSeconds, stateWith } from "../support/states.ts";

const open = stateWith({ usedPercent: 72.9, windowMinutes: 299, resetsAt: inSeconds(4320) });
const blocked = blockedFor(2460, { usedPercent: 97, resetsAt: inSeconds(2400) });
const stale = stateWith({ updatedAt: inSeconds(-9999) });

const CASES: [string, State | undefined, Partial<PromptFacts>, string][] = [
  ["open", open, {}, "5h 72% ↻1h12m"],
  ["in ASCII", open, { isUtf8: false }, "5h 72% ~1h12m"],
  ["a week", { ...open, windowMinutes: 10_079 }, {}, "7d 72% ↻1h12m"],
  ["no reset", { ...open, resetsAt: null }, {}, "5h 72%"],
  ["it has reset", { ...open, resetsAt: inSeconds(-1) }, {}, "quota ?"],
  ["a length that is not known", { ...open, windowMinutes: null }, {}, "72% ↻1h12m"],
  ["blocked", blocked, {}, "5h 97% ↻41m"],
  ["held", blocked, { waiting: 4 }, "held 4 ↻41m"],
  ["the account", { ...blocked, usedPercent: null }, {}, "blocked ↻41m"],
  ["paused", blocked, { waiting: 1, pausedUntil: inSeconds(7200) }, "paused 2h"],
  ["bypassed", blocked, { isBypassed: true }, "bypassed"],
  ["stale", stale, {}, "quota ?"],
  ["nothing yet", undefined, {}, "quota ?"],
];
for (const [name, state, fields, expected] of CASES) {
  Deno.test(`prompt: ${name}`, () => {
    const now = new Date();
    const evidence = { now, isDaemonAlive: false, maxStateAgeSeconds: 180 };
    const told = promptLine({
      now,
      state,
      standing: state && standingOf(state, evidence),
      waiting: 0,
      pausedUntil: undefined,
      isBypassed: false,
      isUtf8: true,
      ...fields,
    });
    assertEquals(told, expected);
  });
}
