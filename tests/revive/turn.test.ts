import { assertEquals } from "@std/assert";
import { resolveSettings } from "../../lib/config/settings.ts";
import type { Circumstances } from "../../lib/revive/judge.ts";
import { awaitTurn, type Patience } from "../../lib/revive/turn.ts";
import { MovedClock } from "../support/clock.ts";
import { deathOf } from "../support/fake_wall.ts";
import { stateWith } from "../support/states.ts";

const START = new Date("2026-09-01T12:00:00Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

/** A session that died a minute ago, and whose quota is back since 20 s; how long it waits, and why. */
async function waited(
  fields: (second: number) => Partial<Circumstances>,
  patience: Partial<Patience> = {},
): Promise<[string | undefined, number]> {
  const clock = new MovedClock(START);
  const second = () => (clock.now().getTime() - START.getTime()) / 1000;
  const death = deathOf("s", { diedAt: at(-60), resetsAt: at(-20), windows: [] });
  const { settings } = resolveSettings({});
  const circumstances = () =>
    Promise.resolve({
      state: stateWith({ source: "codex", readAt: clock.now() }),
      bounds: settings.bounds,
      resetBufferSeconds: 0,
      revivals: [],
      waiting: 0,
      now: clock.now(),
      ...fields(second()),
    });
  const how = { clock, patienceMs: 100_000, isOpenEnded: true, ...patience };
  return [await awaitTurn(death, circumstances, how), Math.round(second())];
}

Deno.test("awaitTurn: its turn comes at once, after another's, and after those that are held", async () => {
  assertEquals(await waited(() => ({})), [undefined, 0]);
  const other = { session: "x", turn: "x", diedAt: at(-60), seenAt: at(-60), begunAt: at(-1) };
  assertEquals(await waited(() => ({ revivals: [other] })), [undefined, 1]);
  const held = (second: number) => ({ waiting: second < 7 ? 1 : 0 });
  assertEquals(await waited(held), [undefined, 7]);
});

Deno.test("awaitTurn: what comes too late, or nobody can say when, is told", async () => {
  const first = "those that are held go on first";
  assertEquals(await waited(() => ({ waiting: 1 }), { isOpenEnded: false }), [first, 0]);
  assertEquals(await waited(() => ({ waiting: 1 }), { patienceMs: 5000 }), [first, 5]);
  const buffer = () => ({ resetBufferSeconds: 60 });
  assertEquals((await waited(buffer, { patienceMs: 30_000 }))[1], 0);
  assertEquals(await waited(buffer), [undefined, 40]);
  const signal = AbortSignal.abort();
  assertEquals(await waited(() => ({}), { signal }), ["this process is to end", 0]);
});
