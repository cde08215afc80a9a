import { assertEquals } from "@std/assert";
import { relativeTime, shortSpan, span } from "../../lib/text/relative_time.ts";

const [S, MIN, H, D] = [1000, 60_000, 3_600_000, 86_400_000] as const;

for (
  const [ms, long, short] of [
    [-5, "0 s", "0s"],
    [1.4 * S, "1 s", "1s"],
    [119 * S, "119 s", "119s"],
    [120 * S, "2 min", "2m"],
    [41 * MIN, "41 min", "41m"],
    [59.4 * MIN, "59 min", "59m"],
    [59.6 * MIN, "1 h", "1h"],
    [72 * MIN, "1 h 12 min", "1h12m"],
    [23 * H + 59.9 * MIN, "1 d", "1d"],
    [3 * D + 4 * H, "3 d 4 h", "3d4h"],
    [3 * D + 23.9 * H, "4 d", "4d"],
  ] as const
) {
  Deno.test(`span: ${long}`, () => assertEquals([span(ms), shortSpan(ms)], [long, short]));
}

Deno.test("relative time: ahead, behind, now", () => {
  const now = new Date("2026-01-31T12:00:00Z");
  const at = (ms: number) => relativeTime(new Date(now.getTime() + ms), now);
  assertEquals([at(41 * MIN), at(-2 * MIN), at(0), at(-999)], [
    "in 41 min",
    "2 min ago",
    "now",
    "now",
  ]);
});
