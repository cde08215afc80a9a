import { assert, assertEquals, assertThrows } from "@std/assert";
import { resolveSettings, type Values } from "../../lib/config/settings.ts";
import { parseRecording, RecordingError } from "../../lib/simulation/recording.ts";
import { replay } from "../../lib/simulation/replay.ts";

const START = Date.parse("2026-01-05T08:00:00Z");

function at(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString();
}

/** One reading: how much of the 5-hour window that resets after some minutes is used. */
type Point = readonly [minutes: number, usedPercent: number, resetsAfter: number];

function recording(points: readonly Point[], more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    schemaVersion: 1,
    readings: points.map(([minutes, usedPercent, resetsAfter]) => ({
      at: at(minutes),
      source: "codexbar",
      windows: [{
        id: "primary",
        class: "fiveHour",
        usedPercent,
        windowMinutes: 300,
        resetsAt: at(resetsAfter),
        extra: false,
      }],
      ...more,
    })),
    events: [],
  });
}

function run(text: string, set: Values = {}) {
  const { settings } = resolveSettings({ options: { resetBufferSeconds: 0, ...set } });
  const { blocks, heldSeconds, resets } = replay(parseRecording(text), settings);
  const minutes = (date: Date) => (date.getTime() - START) / 60_000;
  return {
    blocks: blocks.map(({ from, until, usedPercent, isOpenEnded }) =>
      [minutes(from), minutes(until), usedPercent, ...(isOpenEnded ? ["open"] : [])] as const
    ),
    heldMinutes: heldSeconds / 60,
    resets: resets.map((each) => [minutes(each.at), each.leftPercent, each.isHeld] as const),
  };
}

/** A window that is used up, and the next one, of which little is used. */
const TWO: Point[] = [
  [0, 40, 300],
  [100, 91, 300],
  [200, 96, 300],
  [250, 99, 300],
  [310, 1, 610],
  [600, 30, 610],
  [620, 0, 920],
];

const CASES: [string, string, Values, ReturnType<typeof run>][] = [
  ["held from the threshold to the reset, and what was left then", recording(TWO), {}, {
    blocks: [[200, 300, 96]],
    heldMinutes: 100,
    resets: [[300, 4, true], [610, 70, false]],
  }],
  ["a lower threshold holds earlier, and more is left", recording(TWO), {
    "windows.fiveHour.thresholdPercent": 90,
  }, {
    blocks: [[100, 300, 91]],
    heldMinutes: 200,
    resets: [[300, 9, true], [610, 70, false]],
  }],
  ["nobody is held where the window holds nobody", recording(TWO), {
    "windows.fiveHour.mode": "advisory",
  }, {
    blocks: [],
    heldMinutes: 0,
    resets: [[300, 1, false], [610, 70, false]],
  }],
  ["the buffer is waited for too", recording(TWO), { resetBufferSeconds: 120 }, {
    blocks: [[200, 302, 96]],
    heldMinutes: 102,
    resets: [[300, 4, true], [610, 70, false]],
  }],
  [
    "a reset that comes early ends it with the reading that tells",
    recording([[0, 90, 300], [10, 96, 300], [60, 2, 360]]),
    {},
    { blocks: [[10, 60, 96]], heldMinutes: 50, resets: [[60, 4, true]] },
  ],
  ["a recording that ends before", recording(TWO.slice(0, 4)), {}, {
    blocks: [[200, 300, 96, "open"]],
    heldMinutes: 100,
    resets: [],
  }],
  ["nobody waits longer than a hold may last", recording(TWO.slice(0, 3)), { maxHold: "30m" }, {
    blocks: [[200, 230, 96, "open"]],
    heldMinutes: 30,
    resets: [],
  }],
  [
    "credits pay for more where they are to be spent",
    recording(TWO, { credits: { left: "some", balance: "12.5" } }),
    { credits: "spend" },
    { blocks: [], heldMinutes: 0, resets: [[300, 1, false], [610, 70, false]] },
  ],
  [
    "an unlimited account is held by nothing",
    recording(TWO, { credits: { left: "unlimited" } }),
    {},
    {
      blocks: [],
      heldMinutes: 0,
      resets: [[300, 1, false], [610, 70, false]],
    },
  ],
  ["readings in any order", recording(TWO.toReversed()), {}, {
    blocks: [[200, 300, 96]],
    heldMinutes: 100,
    resets: [[300, 4, true], [610, 70, false]],
  }],
];

for (const [name, text, set, expected] of CASES) {
  Deno.test(`replay: ${name}`, () => assertEquals(run(text, set), expected));
}

const WRONG: [string, string, RegExp][] = [
  ["no JSON", "{", /^it is no JSON$/],
  ["another version", '{"schemaVersion":2,"readings":[]}', /^schemaVersion: /],
  ["no readings", '{"schemaVersion":1,"readings":[]}', /^there are no readings in it$/],
  ["no list", '{"schemaVersion":1}', /^readings: /],
  ["a list alone", "[]", /^the whole: /],
  ["no instant", recording(TWO).replace(at(100), "yesterday"), /^readings\[1\]\.at: is no instant/],
  [
    "no number",
    recording(TWO).replace(":96,", ':"96",'),
    /^readings\[2\]\.windows\[0\]\.usedPercent: /,
  ],
  ["less than nothing", recording(TWO).replace(":96,", ":-1,"), /usedPercent: /],
];

for (const [name, text, message] of WRONG) {
  Deno.test(`recording: ${name} is refused, with the place`, () => {
    const error = assertThrows(() => parseRecording(text), RecordingError);
    assert(error instanceof Error && message.test(error.message), String(error));
  });
}
