import { assertEquals } from "@std/assert";
import { resolveSettings, type Values } from "../../lib/config/settings.ts";
import { newState } from "../../lib/daemon/new_state.ts";
import { settle } from "../../lib/quota/block.ts";
import { decide } from "../../lib/quota/decision.ts";
import type { Reading } from "../../lib/quota/reading.ts";
import type { State } from "../../lib/state/state.ts";
import { minutes, NOW, read } from "../quota/readings.ts";

const WEEK = { id: "secondary", usedPercent: 30, windowMinutes: 10_080, extra: false };
const FAILED: Reading = { kind: "failed", source: "auto", reason: "no answer" };

/** The state that a reading leads to, from another. */
function after(
  before: State | undefined,
  reading: Reading,
  at: Date,
  options: Values = { notIntoNewWeek: true },
  areRules = true,
): State {
  const { settings } = resolveSettings({ options });
  const settled = settle(before?.block, reading, decide(reading, settings.policy, at), at);
  return newState({
    before,
    reading,
    settled,
    readAt: at,
    burn: undefined,
    sample: undefined,
    following: undefined,
    settings,
    areRules,
    at,
  });
}

Deno.test("newState: that no hold is to last into a new week outlasts readings that do not show it", () => {
  const whole = read(97);
  const resetsAt = minutes(60);
  const first = after(
    undefined,
    { ...whole, windows: [...whole.windows, { ...WEEK, resetsAt }] },
    NOW,
  );
  assertEquals(first.guard.notBeyond, resetsAt);
  const failed = after(first, FAILED, minutes(1));
  assertEquals([failed.status, failed.guard.notBeyond], ["blocked", resetsAt]);
  // Its 5-hour window alone.
  assertEquals(after(failed, whole, minutes(2)).guard.notBeyond, resetsAt);
  assertEquals(after(failed, FAILED, minutes(61)).guard.notBeyond, null);
  assertEquals(after(failed, FAILED, minutes(2), {}).guard.notBeyond, null);
});

Deno.test("newState: who reads nothing by other rules does not write these down as what is held by", () => {
  const first = after(undefined, read(97), NOW);
  const other = { "windows.fiveHour.thresholdPercent": 99 };
  const holdAt = (reading: Reading, areRules: boolean) =>
    after(first, reading, minutes(1), other, areRules).guard.holdAt.fiveHour;
  assertEquals(first.guard.holdAt.fiveHour, 95);
  assertEquals(holdAt(FAILED, false), 95);
  assertEquals(holdAt(FAILED, true), 99);
  assertEquals(holdAt(read(97), false), 99);
});
