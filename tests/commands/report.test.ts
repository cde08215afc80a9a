import { assertEquals, assertMatch } from "@std/assert";
import { receiptsOf } from "../../lib/history/receipts.ts";
import { minutes } from "../quota/readings.ts";
import { HELD_IN, sixHours, writeHistory } from "../support/history.ts";
import { Sandbox } from "../support/sandbox.ts";

Deno.test("report: walls, hours held, what went on, what was left unused, and the forecast", async () => {
  await using box = new Sandbox();
  writeHistory(box, sixHours());
  const { stdout } = await box.run(["report", "--json"]);
  const { schemaVersion, walls, wallsPassed, holds, wentOn, ...rest } = JSON.parse(stdout);
  assertEquals([schemaVersion, walls, wallsPassed, holds, wentOn], [1, 1, 1, 1, 1]);
  assertEquals(rest.directories, [
    { directory: HELD_IN, holds: 1, heldSeconds: 192 * 60, wentOn: 1 },
  ]);
  assertEquals(rest.resets.map(({ unusedPercent }: { unusedPercent: number }) => unusedPercent), [
    4,
  ]);
  assertEquals([rest.forecasts.judged, rest.forecasts.foreseen], [1, 1]);
  const text = (await box.run(["report"])).stdout;
  assertMatch(text, /^In the last 7 d:\n {2}walls met: 1, of which 1 have passed\n/);
  assertMatch(text, /holds: 1, 3 h 12 min in all; 1 went on afterwards\n/);
  assertMatch(text, /fiveHour: 1 resets, 4% left unused on average\n/);
});

Deno.test("report: what is before it does not count, and nothing is nothing", async () => {
  await using box = new Sandbox();
  const before = await box.run(["report"]);
  assertEquals(before.code, 0);
  assertMatch(before.stdout, /walls met: 0/);
  writeHistory(box, sixHours());
  const { walls, holds } = JSON.parse((await box.run(["report", "--json", "--last=2h"])).stdout);
  // The hold began before, and ended within.
  assertEquals([walls, holds], [0, 1]);
});

Deno.test("report: a hold that began before, and goes on, counts from the beginning of the time", () => {
  const [from, to] = [minutes(-60), minutes(0)];
  const hold = (at: number, about: string) => ({
    id: 1,
    at: minutes(at),
    kind: "hold" as const,
    about,
    fields: { directory: "/work" },
  });
  const past = { readings: [], events: [hold(-10, "b")], stillHeld: [hold(-120, "a")] };
  const { holds, heldSeconds, directories } = receiptsOf(past, from, to);
  assertEquals([holds, heldSeconds], [2, 70 * 60]);
  assertEquals(directories.map(({ directory, holds }) => [directory, holds]), [["/work", 2]]);
});

Deno.test("report: a wall has passed when the quota was open behind it", () => {
  const passedOf = (...kinds: ("block" | "open")[]) => {
    const events = kinds.map((kind, id) => ({ id, at: minutes(id), kind, about: "", fields: {} }));
    const { walls, wallsPassed } = receiptsOf({ readings: [], events }, minutes(0), minutes(60));
    return [walls, wallsPassed];
  };
  assertEquals(passedOf("block", "open"), [1, 1]);
  // The first was met before.
  assertEquals(passedOf("open", "block"), [1, 0]);
  assertEquals(passedOf("block", "open", "block"), [2, 1]);
  assertEquals(passedOf("block", "block", "open"), [2, 2]);
});

Deno.test("report: what the history holds open is in it, and in the chart", async () => {
  await using box = new Sandbox();
  const past = sixHours();
  writeHistory(box, { ...past, events: past.events.filter(({ kind }) => kind !== "release") });
  const { holds, heldSeconds } = JSON.parse(
    (await box.run(["report", "--json", "--last=30m"])).stdout,
  );
  assertEquals([holds, heldSeconds], [1, 30 * 60]);
});
