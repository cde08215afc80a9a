import { assertEquals } from "@std/assert";
import { type Forecast, forecast } from "../../lib/quota/forecast.ts";

const now = new Date("2026-01-31T12:00:00Z");
const MIN = 60_000;
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * MIN);

interface Case {
  readonly used: number;
  readonly length?: number | null;
  /** In minutes from now. */
  readonly resets?: number | null;
  /** Percent per minute. */
  readonly burn?: number;
  /** Minutes since the reading. */
  readonly age?: number;
}

function ahead({ used, length = 300, resets = 120, burn, age = 0 }: Case): Forecast | undefined {
  return forecast({
    window: {
      id: "primary",
      usedPercent: used,
      windowMinutes: length,
      resetsAt: resets === null ? null : inMinutes(resets),
      extra: false,
    },
    thresholdPercent: 95,
    burn: burn === undefined ? undefined : burn / 60,
    readAt: inMinutes(-age),
    now,
  });
}

const CASES: [
  string,
  Case,
  readonly [number | undefined, number | undefined, string] | undefined,
][] = [
  // Half an hour at 1 % a minute; three hours of the window are over.
  ["before the reset", { used: 70, burn: 1 }, [25, 30, "last minute, low"]],
  ["not before the reset", { used: 70, burn: 0.2 }, [undefined, undefined, "last minute, high"]],
  ["the threshold alone", { used: 70, burn: 0.21 }, [119, undefined, "last minute, high"]],
  ["as fast as ever", { used: 72, burn: 0.4 }, [58, 70, "last minute, high"]],
  ["nothing is used", { used: 70, burn: 0 }, [undefined, undefined, "last minute, low"]],
  ["without a burn", { used: 90 }, [10, 20, "window so far, medium"]],
  ["past the threshold", { used: 96, burn: 0.5 }, [undefined, 8, "last minute, high"]],
  ["from when it was read", { used: 70, burn: 1, age: 5 }, [20, 25, "last minute, low"]],
  ["it was to be by now", { used: 94, burn: 1, age: 2 }, [0, 4, "last minute, high"]],
  ["a week, by its mean", { used: 50, length: 10_080, resets: 7200, burn: 9 }, [
    2592,
    2880,
    "window so far, medium",
  ]],
  ["early in a week", { used: 5, length: 10_080, resets: 9576 }, [
    9072,
    undefined,
    "window so far, low",
  ]],
  ["just opened", { used: 2, resets: 296 }, undefined],
  ["full", { used: 100, burn: 1 }, undefined],
  ["it has reset", { used: 70, resets: -1, burn: 1 }, undefined],
  ["a reset that is not known", { used: 70, resets: null, burn: 1 }, undefined],
  ["a length that is not known", { used: 70, length: null }, undefined],
  ["a reset that cannot be", { used: 70, resets: 400 }, undefined],
];
for (const [name, given, expected] of CASES) {
  Deno.test(`forecast: ${name}`, () => {
    const told = ahead(given);
    const minutes = (date: Date | undefined) => date && Math.round((+date - +now) / MIN);
    assertEquals(
      told &&
        [minutes(told.thresholdAt), minutes(told.wallAt), `${told.basis}, ${told.confidence}`],
      expected && [...expected],
    );
  });
}
