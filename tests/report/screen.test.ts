import { assert, assertEquals, assertMatch } from "@std/assert";
import { stripVTControlCharacters } from "node:util";
import { reportOf } from "../../lib/report/report.ts";
import { screenOf } from "../../lib/report/screen.ts";
import { widthOf } from "../../lib/terminal/fit.ts";
import { inSeconds, stateWith } from "../support/states.ts";
import { factsWith } from "./facts.ts";

const window = { windowMinutes: 300, resetsAt: inSeconds(7200), extra: false };
const state = stateWith({
  status: "open",
  reason: "72% of the 5-hour window is used",
  usedPercent: 72,
  windows: [
    { ...window, id: "primary", usedPercent: 72 },
    {
      ...window,
      id: "secondary",
      usedPercent: 91.25,
      windowMinutes: 10_080,
      resetsAt: inSeconds(200_000),
    },
    { ...window, id: "a-model-with-quite-a-long-name", usedPercent: 3, extra: true },
  ],
  burn: 0.01,
  source: "sessions",
  advice: ["91.25% of the weekly window is used; the threshold is 90%"],
});
const waiting = {
  pid: 12,
  since: inSeconds(-180),
  until: inSeconds(7260),
  session: "019a2f7e-77aa-7000-8000-0123456789ab",
  step: undefined,
  directory: "/home/ann/some/where/in/the/projects/that/she/has/漢字",
};
const full = factsWith({
  state,
  waiting: [waiting, { ...waiting, pid: 13, directory: undefined, session: undefined }],
  hasHooks: false,
  daemon: { isRunning: false, pid: undefined },
  pauseEnd: inSeconds(900),
  isBypassed: true,
});

for (const columns of [40, 60, 80, 120, 200]) {
  for (const isUtf8 of [true, false]) {
    Deno.test(`screen: nothing is wider than ${columns} columns${isUtf8 ? "" : ", in ASCII"}`, () => {
      const output = { columns, isTerminal: true, hasColour: true, isUtf8 };
      const lines = screenOf(reportOf(full, new Date()), output);
      assertEquals(lines.filter((line) => widthOf(line) > columns), []);
      // A bar for each window, marked where it may do something.
      const mark = isUtf8 ? "│" : "|";
      assertEquals(lines.filter((line) => line.includes(mark)).length, 2);
      const text = stripVTControlCharacters(lines.join(" ")).replace(/\s+/g, " ");
      assert(text.includes("quota-sentry install-hook"), text);
    });
  }
}

const PLAIN = { columns: 140, isTerminal: true, hasColour: false, isUtf8: false };

Deno.test("screen: pause and bypass come first, then what is so, the windows, and who waits", () => {
  const lines = screenOf(reportOf(full, new Date()), PLAIN);
  assertMatch(
    lines[0]!,
    /^paused until .* \(in 15 min\): nothing is held; quota-sentry resume ends it$/,
  );
  assertMatch(lines[1]!, /^bypassed: QUOTA_SENTRY_DISABLE is set here; /);
  const text = lines.join("\n");
  assertMatch(
    text,
    /\nopen: 72% .*\n\n5-hour .*\n.*holds at 95%; at this pace.*: .*held from .*\n(.*\n)*weekly .* 91\.2% .*\n.*warns at 90%; at its pace so far: .*\n/,
  );
  assertMatch(
    text,
    /\n {8}never holds\n\nwaiting: 2 agents\n {2}019a2f7e {2}\/home\/ann\/.*\(3 min ago\),/,
  );
  assertMatch(text, /\(3 min ago\), until .*\n {2}pid 13, since .*\n/);
  assertMatch(
    text,
    /\ndaemon not running - read .* - source: sessions\nadvice: .*\nnot protected: /,
  );
});

Deno.test("screen: who waits stands in one line of 80 columns", () => {
  // Of another day the date stands there, too, and the line is longer.
  const noon = new Date(2026, 0, 31, 12);
  const held = {
    ...waiting,
    since: new Date(2026, 0, 31, 11, 57),
    until: new Date(2026, 0, 31, 14, 1),
    directory: "/home/ann/code/shop",
  };
  const other = { ...held, session: "019a2f7e-88bb-7000-8000-0123456789ab" };
  const facts = factsWith({ waiting: [held, other] });
  const lines = screenOf(reportOf(facts, noon), { ...PLAIN, columns: 80 });
  const at = lines.indexOf("waiting: 2 agents");
  assertMatch(
    lines[at + 1]!,
    /^ {2}019a2f7e-77aa {2}\/home\/ann\/code\/shop, since .*, until [^,]+$/,
  );
  assertMatch(lines[at + 2]!, /^ {2}019a2f7e-88bb {2}/);
});

Deno.test("screen: the reset stands beside a bar only where that stays long", () => {
  const bars = (columns: number) =>
    screenOf(reportOf(full, new Date()), { ...PLAIN, columns }).filter((line) =>
      /[#-]{9}/.test(line)
    );
  assert(bars(60).every((line) => !line.includes("resets")), bars(60).join("\n"));
  assert(bars(140).every((line) => line.includes("resets")), bars(140).join("\n"));
});

Deno.test("screen: what is stale has no forecast, nor has what holds now", () => {
  const stale = { ...state, updatedAt: inSeconds(-9999) };
  const told = (fields: Parameters<typeof factsWith>[0]) =>
    screenOf(reportOf(factsWith(fields), new Date()), PLAIN).join("\n");
  assertEquals(/pace/.test(told({ state: stale })), false);
  const windows = [{ ...window, id: "primary", usedPercent: 96 }];
  const blocked = {
    ...state,
    status: "blocked" as const,
    blockedUntil: inSeconds(7260),
    blockMinutes: 300,
    windows,
  };
  const text = told({ state: blocked });
  assertMatch(text, /\nagents wait until .* \(in 2 h 1 min\)\n/);
  assertEquals(/pace/.test(text), false);
});
