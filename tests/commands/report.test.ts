import { assertEquals, assertMatch } from "@std/assert";
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
