import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { burnRate, nextSample } from "../../lib/quota/burn.ts";
import { type Cadence, type Course, nextReadingSeconds } from "../../lib/quota/cadence.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const seconds = (n: number) => new Date(NOW.getTime() + n * 1000);
const FIXED: Cadence = { kind: "fixed", intervalSeconds: 60 };
const ADAPTIVE: Cadence = { kind: "adaptive", intervalSeconds: 60 };
const COURSE: Course = {
  freshForSeconds: 3600,
  usedPercent: 50,
  thresholdPercent: 95,
  burn: undefined,
  nextChange: null,
  failures: 0,
  now: NOW,
  random: 0.5,
};

const CASES: [string, Cadence, Partial<Course>, number][] = [
  ["fixed", FIXED, { burn: 5 }, 60],
  ["fixed, whatever fails", FIXED, { failures: 9 }, 60],
  ["fixed, a reset before that", FIXED, { nextChange: seconds(20) }, 21],
  ["fixed, a reset after that", FIXED, { nextChange: seconds(90) }, 60],
  ["fixed, a reset that has been", FIXED, { nextChange: seconds(-5) }, 60],
  ["fixed, told just now", FIXED, { toldAfterSeconds: 1 }, 61],
  ["fixed, told after half a minute", FIXED, { toldAfterSeconds: 30 }, 90],
  ["fixed, told all the time", FIXED, { toldAfterSeconds: 3000 }, 600],
  ["fixed, told, and a reset before that", FIXED, {
    toldAfterSeconds: 500,
    nextChange: seconds(200),
  }, 201],
  ["fixed, told, but the source fails", FIXED, { toldAfterSeconds: 30, failures: 1 }, 60],
  ["adaptive, told all the time", ADAPTIVE, { burn: 10, toldAfterSeconds: 3000 }, 600],
  ["adaptive, nothing known", ADAPTIVE, {}, 60],
  ["adaptive, idle", ADAPTIVE, { burn: 0 }, 300],
  ["adaptive, idle, a reading counts less long", ADAPTIVE, { burn: 0, freshForSeconds: 180 }, 150],
  ["adaptive, slow, the same", ADAPTIVE, { burn: 0.01, freshForSeconds: 180 }, 150],
  ["adaptive, a reading counts hardly at all", ADAPTIVE, { burn: 0, freshForSeconds: 20 }, 15],
  ["adaptive, slow", ADAPTIVE, { burn: 0.01 }, 300],
  ["adaptive, half way to the wall", ADAPTIVE, { burn: 0.25 }, 90],
  ["adaptive, fast", ADAPTIVE, { burn: 10 }, 15],
  ["adaptive, past the wall", ADAPTIVE, { burn: 1, usedPercent: 99 }, 15],
  ["adaptive, a reset before that", ADAPTIVE, { burn: 0, nextChange: seconds(100) }, 101],
  ["adaptive, a reset at once", ADAPTIVE, { burn: 0, nextChange: seconds(2) }, 15],
  ["adaptive, one failure", ADAPTIVE, { failures: 1 }, 60],
  ["adaptive, three failures", ADAPTIVE, { failures: 3 }, 240],
  ["adaptive, many failures", ADAPTIVE, { failures: 40 }, 900],
  ["adaptive, the least jitter", ADAPTIVE, { failures: 1, random: 0 }, 45],
];
for (const [name, cadence, course, expected] of CASES) {
  Deno.test(`nextReadingSeconds: ${name}: ${expected}`, () => {
    assertEquals(nextReadingSeconds(cadence, { ...COURSE, ...course }), expected);
  });
}

Deno.test("nextReadingSeconds: adaptive, a steady burn meets a reading before the wall", () => {
  for (const burn of [0.01, 0.1, 0.5, 1, 2, 3]) {
    for (let usedPercent = 0; usedPercent < 50; usedPercent += 5) {
      const wait = nextReadingSeconds(ADAPTIVE, { ...COURSE, usedPercent, burn });
      assert(wait >= 15);
      if (burn * 15 < 100 - usedPercent) assertLessOrEqual(usedPercent + wait * burn, 100);
    }
  }
});

Deno.test("burnRate: percent per second, of one and the same window", () => {
  const resetsAt = seconds(3600);
  const window = { id: "p", usedPercent: 60, windowMinutes: 300, resetsAt, extra: false };
  const before = { usedPercent: 30, resetsAt, at: seconds(-60) };
  assertEquals(burnRate(before, window, NOW), 0.5);
  assertEquals(burnRate({ ...before, usedPercent: 70 }, window, NOW), 0);
  assertEquals(burnRate({ ...before, resetsAt: seconds(-1) }, window, NOW), undefined);
  assertEquals(burnRate({ ...before, at: seconds(-1) }, window, NOW), undefined);
  assertEquals(burnRate(undefined, window, NOW), undefined);
});

Deno.test("nextSample: one serves for a minute, however often the quota is read", () => {
  const resetsAt = seconds(3600);
  const window = { id: "p", usedPercent: 60, windowMinutes: 300, resetsAt, extra: false };
  const latest = { usedPercent: 60, resetsAt, at: NOW };
  const before = { usedPercent: 30, resetsAt, at: seconds(-59) };
  assertEquals(nextSample(before, window, NOW), before);
  assertEquals(nextSample({ ...before, at: seconds(-60) }, window, NOW), latest);
  assertEquals(nextSample({ ...before, at: seconds(1) }, window, NOW), latest);
  assertEquals(nextSample({ ...before, resetsAt: seconds(-1) }, window, NOW), latest);
  assertEquals(nextSample(undefined, window, NOW), latest);
});
