import { assert, assertEquals } from "@std/assert";
import { explanationLines, explanationOf } from "../../lib/report/explain.ts";
import { holdLines } from "../../lib/report/holds.ts";
import { type Report, reportOf } from "../../lib/report/report.ts";
import { screenOf } from "../../lib/report/screen.ts";
import { factsWith } from "../report/facts.ts";
import { sixHours, writeHistory } from "../support/history.ts";
import { Sandbox } from "../support/sandbox.ts";
import { inSeconds, stateWith } from "../support/states.ts";
import { type Block, documents } from "./markdown.ts";
import { commandsIn } from "./shell.ts";

const DOCUMENTS = documents();
const BLOCKS = DOCUMENTS.flatMap(({ blocks }) => blocks)
  .filter(({ kind }) => kind === "text" || kind === "console");

const OUTPUT = { columns: 80, isTerminal: true, hasColour: false, isUtf8: true };

/** How what a document shows is compared with what is printed, by how it begins. */
const SHOWN:
  readonly (readonly [start: RegExp, how: ((block: Block) => Promise<void>) | string])[] = [
    [/^blocked: 97% of the 5-hour/, isLike(() => screens(blocked(1)))],
    [/^open: 84% of the 5-hour/, isLike(watched)],
    [/^agents are held until/, isLike(() => explained())],
    [/^2 agents wait: /, isLike(() => holdLines(blocked(2)))],
    [/^\$ quota-sentry events/, hasEventsAsInTheTable],
    [/^\$ quota-sentry report/, isLike(printed)],
    [/^\$ quota-sentry history/, isLike(printed)],
    [/^\$ quota-sentry simulate --replay/, isLike(printed)],
    [/^Five hours in 10\.0 s/, "it takes ten seconds; tests/simulation reads what is printed"],
  ];

Deno.test("documents: what they show is like what is printed", async () => {
  const faults: string[] = [];
  await Promise.all(BLOCKS.map(async (block) => {
    const { path, line, text } = block;
    const how = SHOWN.find(([start]) => start.test(text))?.[1];
    if (how === undefined) faults.push(`${path}:${line}: nobody compares this`);
    else if (typeof how === "function") {
      await how(block).catch((error) => faults.push(`${path}:${line}: ${error.message}`));
    }
  }));
  assertEquals(faults, []);
  assertEquals(SHOWN.filter(([start]) => !BLOCKS.some(({ text }) => start.test(text))), []);
});

Deno.test("documents: what is shown and never printed is found", async () => {
  const text = "blocked: 1% of the 5-hour window is spent; the threshold is 2%\n";
  const block = { path: "x.md", line: 1, kind: "text", text };
  const error = await isLike(() => screens(blocked(1)))(block).then(() => "", String);
  assert(error.includes("the N-hour window is spent"), error);
});

/** Each line of the block has the shape of one that is printed. */
function isLike(print: (block: Block) => Promise<string[]> | string[]) {
  return async (block: Block) => {
    const shapes = (await print(block)).map(shapeOf);
    const lines = block.text.split("\n").filter((line) => !/^(\$ | {4}--)/.test(line));
    const strange = lines.map(shapeOf).filter((shape) => shape !== "" && !shapes.includes(shape));
    if (strange.length > 0) {
      throw new Error(`not printed:\n${strange.join("\n")}\nbut:\n${shapes.join("\n")}`);
    }
  };
}

/** A line without what differs from run to run. */
function shapeOf(line: string): string {
  return line
    .replace(/^(?=.*[┤│┗┏┛┃╺━↻]).*$/, (chart) => /[a-z]{2}/.test(chart) ? chart : "CHART")
    .replace(/^[ \d:-]+$/, "CHART")
    .replace(/[█▉▊▋▌▍▎▏░│━]{5,}/g, "BAR")
    .replace(/ UTC\b/g, "")
    .replace(/\b[\da-f]{8}\b/g, "ID")
    .replace(/(\d{4}-)?\d\d-\d\d \d\d:\d\d|\d\d:\d\d/g, "TIME")
    .replace(/[~/]\/[^\s,:]+|\/[a-z<][^\s,:]*/g, "PATH")
    .replace(/\b\d+ (d|h|min|s)( \d+ (h|min|s))?\b|now(?= ·| from)|\d+ s ago/g, "LONG")
    .replace(/\b\d+[dhm]\d*[hm]?\b\+?/g, "LONG")
    .replace(/\d+(\.\d+)?/g, "N")
    .replace(/N-N%|N%/g, "N%")
    .replace(/N times?/g, "N times")
    .replace(/^TIME.*(LONG|-).*$/, "A ROW OF BLOCKS")
    .replace(/\s+/g, " ").trim();
}

const WINDOWS = [
  {
    id: "primary",
    windowMinutes: 300,
    usedPercent: 97,
    resetsAt: inSeconds(2460),
    extra: false,
  },
  {
    id: "secondary",
    windowMinutes: 10_080,
    usedPercent: 58,
    resetsAt: inSeconds(277_200),
    extra: false,
  },
];

/** The quota is spent, and so many agents wait. */
function blocked(agents: 1 | 2) {
  const reason = "97% of the 5-hour window is used; the threshold is 95%";
  const state = stateWith({
    status: "blocked",
    reason,
    usedPercent: 97,
    resetsAt: WINDOWS[0]!.resetsAt,
    blockedUntil: inSeconds(2520),
    blockMinutes: 300,
    windows: WINDOWS,
    source: "codexbar",
    block: {
      what: "fiveHour",
      windowId: "primary",
      windowMinutes: 300,
      resetsAt: WINDOWS[0]!.resetsAt,
      blockedUntil: inSeconds(2520),
      source: "codexbar",
      since: inSeconds(-4),
      reason,
    },
  });
  const waiting = (pid: number, step: "model" | "prompt", directory: string) => ({
    pid,
    since: inSeconds(-4),
    until: inSeconds(2520),
    session: `019c${pid}-77aa-7000-8000-000000000000`,
    step,
    directory,
  });
  const two = [waiting(4895, "model", "/home/ann/app"), waiting(4903, "prompt", "/home/ann/site")];
  const facts = { state, waiting: two.slice(0, agents), daemon: { isRunning: true, pid: 9 } };
  return reportOf(factsWith(facts), new Date());
}

/** What `watch` shows while nobody is held; tests/commands/watch.test.ts reads its last line. */
function watched(): string[] {
  const reason = "84% of the 5-hour window is used";
  const [five, weekly] = WINDOWS;
  const windows = [{ ...five!, usedPercent: 84 }, { ...weekly!, usedPercent: 55 }];
  const state = stateWith({ reason, usedPercent: 84, windows, burn: 0.0139, source: "sessions" });
  const report = reportOf(factsWith({ state, daemon: { isRunning: true, pid: 9 } }), new Date());
  return [...screens(report), "q ends; p pauses for an hour"];
}

/** What `status` shows; where zones are said too, or days near midnight, lines break elsewhere. */
function screens(report: Report): string[] {
  const [zones, days] = [[0, 4, 8], [0, 11, 22]];
  return days.flatMap((day) => zones.map((zone) => 80 + zone + day))
    .flatMap((columns) => screenOf(report, { ...OUTPUT, columns }));
}

function explained(): string[] {
  return explanationLines(explanationOf(blocked(1), undefined), { ...OUTPUT, columns: 200 });
}

/** What the block's own command prints, where there is a past. */
async function printed({ text }: Block): Promise<string[]> {
  await using box = new Sandbox();
  const { readings, events } = sixHours();
  const weekly = WINDOWS[1]!;
  const both = readings.map((each) => ({ ...each, windows: [...each.windows, weekly] }));
  writeHistory(box, { readings: both, events });
  const json = JSON.stringify({ schemaVersion: 1, readings: week(), events: [] });
  Deno.writeTextFileSync(`${box.home}/week.json`, json);
  const [command] = /^\$ ((?:.*\\\n)*.*)$/m.exec(text)!.slice(1);
  const [, ...args] = commandsIn(command!)[0]!;
  const { code, stdout, stderr } = await box.run(args, { env: { LANG: "C.UTF-8" } });
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n");
}

/** Readings of four 5-hour windows, each filled further, and of a weekly one; both reset in it. */
function week(): unknown[] {
  const hour = 3_600_000;
  const start = Date.now() - 30 * hour;
  const at = (hours: number) => new Date(start + hours * hour);
  return [0, 5, 10, 15, 20].flatMap((opens) =>
    [10, 50, 91 + opens / 4, 97].map((usedPercent, index) => ({
      at: at(opens + index),
      source: "sessions",
      windows: [
        { ...WINDOWS[0]!, usedPercent: usedPercent - opens / 4, resetsAt: at(opens + 5) },
        {
          ...WINDOWS[1]!,
          usedPercent: opens === 20 ? 1 : 80 + opens,
          resetsAt: at(opens === 20 ? 188 : 20),
        },
      ],
    }))
  );
}

/** Every line is an event of the table that stands below, with keys that it names. */
function hasEventsAsInTheTable({ path, text }: Block): Promise<void> {
  const document = DOCUMENTS.find((each) => each.path === path)!;
  const rows = new Map(
    [...document.text.matchAll(/^\| `([\w-]+)` .*\| (.*) \|$/gm)].map(([, event, keys]) =>
      [event, [...keys!.matchAll(/`(\w+)`/g)].map(([, key]) => key)] as const
    ),
  );
  for (const line of text.split("\n").filter((each) => each.startsWith("{"))) {
    const { schemaVersion: _v, at: _at, event, home: _home, ...rest } = JSON.parse(line);
    const strange = Object.keys(rest).filter((key) => !rows.get(event)?.includes(key));
    assertEquals(strange, [], `${event}`);
  }
  return Promise.resolve();
}
