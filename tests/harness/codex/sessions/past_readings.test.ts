import { assertEquals } from "@std/assert";
import { pastReadings } from "../../../../lib/harness/codex/sessions/past_readings.ts";
import { ago, CodexHome, otherLine, readingLine } from "./rollouts.ts";

const BOUNDS = {
  maxAgeMs: 30 * 86_400_000,
  maxFiles: 100,
  maxBytes: 1e8,
  maxReadings: 1000,
};
const DAY = 86_400;

async function percentages(home: string, bounds = BOUNDS, signal = new AbortController().signal) {
  const found = await pastReadings(home, new Date(), signal, bounds);
  return found.toSorted((a, b) => +a.asOf - +b.asOf).map(({ windows }) => windows[0]?.usedPercent);
}

Deno.test("past readings: those of all sessions, as they were then, one a minute from each", async () => {
  using home = new CodexHome();
  home.write(
    home.rollout("a"),
    [
      otherLine(300_000),
      readingLine({ used: 10, at: ago(3 * DAY) }),
      readingLine({ used: 11, at: ago(3 * DAY - 10) }),
      otherLine(),
      readingLine({ used: 12, at: ago(3 * DAY - 60) }),
      '{"timestamp":"no time"}\n',
      readingLine({ used: 90, at: ago(-DAY) }).slice(0, 150),
    ].join(""),
  );
  home.write(home.rollout("b"), readingLine({ used: 30, at: ago(2 * DAY) }));
  home.write(home.rollout("c"), readingLine({ used: 40, at: ago(40 * DAY) }));
  home.write(home.rollout("d"), readingLine({ used: 50, at: ago(DAY) }), ago(31 * DAY));
  assertEquals(await percentages(home.path), [10, 12, 30]);
});

Deno.test("past readings: bounded in files, bytes and readings, and given up at once", async () => {
  using home = new CodexHome();
  for (let n = 0; n < 5; n++) {
    const lines = [otherLine(100_000), readingLine({ used: n, at: ago(100 * n + 100) })];
    home.write(home.rollout(`${n}`), lines.join(""), ago(100 * n));
  }
  assertEquals(await percentages(home.path), [4, 3, 2, 1, 0]);
  assertEquals((await percentages(home.path, { ...BOUNDS, maxFiles: 2 })).length, 2);
  assertEquals(await percentages(home.path, { ...BOUNDS, maxReadings: 2 }), [1, 0]);
  assertEquals(await percentages(home.path, { ...BOUNDS, maxBytes: 150_000 }), [1, 0]);
  assertEquals(await percentages(home.path, BOUNDS, AbortSignal.abort()), []);
  assertEquals(await percentages(`${home.path}/none`), []);
});
