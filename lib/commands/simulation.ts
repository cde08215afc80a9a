import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import {
  type BurstResult,
  type BurstScene,
  type Cast,
  FIFTY,
  FOUR,
  runBurst,
} from "../simulation/burst.ts";
import { isScenario, USUAL_SPEED } from "../simulation/names.ts";
import { play, type PlayEvent } from "../simulation/play.ts";
import { PLAYED, type PlayedName } from "../simulation/scenarios.ts";
import type { Seen } from "../simulation/scenario.ts";
import { playOnStage, type Stage } from "../simulation/stage.ts";
import type { State } from "../state/state.ts";
import { relativeTime } from "../text/relative_time.ts";
import { wrapped } from "../text/wrapped.ts";

const COLUMNS = 80;

/** `simulation NAME`: hidden; `simulate` runs it in a directory of its own. */
export async function simulationCommand({ words, options }: Invocation): Promise<number> {
  const [name = ""] = words;
  const { speed = USUAL_SPEED } = options;
  if (isScenario(name)) {
    const code = await playOnStage((stage) =>
      name === "burst"
        ? showBurst(FOUR, stage, speed)
        : name === "fifty"
        ? showBurst(FIFTY, stage, speed)
        : showPlay(name, stage, speed)
    );
    if (code !== undefined) return code;
  }
  printError("simulation is for Quota Sentry's own processes");
  return EXIT.usage;
}

async function showPlay(name: PlayedName, stage: Stage, speed: number): Promise<number> {
  const scenario = PLAYED[name];
  print(
    `Five hours in ${
      seconds(5 * 3600 * 1000 / speed)
    }, with the real daemon and the real guard.\n` +
      wrapped(scenario.about.join(" "), COLUMNS).join("\n") + "\n\n" +
      line("time", "used", "what"),
  );
  let rule = "";
  const released: (PlayEvent & { kind: "released" })[] = [];
  const { seen, printed } = await play(scenario, stage, speed, (event) => {
    if (event.kind === "released") released.push(event);
    if (event.kind !== "reading") {
      print(line(seconds(event.atMs), "", wordsFor(event)));
      return;
    }
    // A rule is told when it is another one; of what is used each reading tells.
    const words = ruleOf(event.state);
    const isSame = shape(event.state) === rule;
    rule = shape(event.state);
    print(line(seconds(event.atMs), usedIn(event.state), isSame ? event.state.status : words));
  });
  if (stage.signal.aborted) return EXIT.failed;
  const faults = [...scenario.faults(seen), ...(printed === "" ? [] : ["The guard printed."])];
  const [hold] = released;
  const summary = hold
    ? [
      `Held once, for ${seconds(hold.heldMs)}${afterReset("; it went on ", hold.afterResetMs)}.`,
      passedLine(seen),
    ]
    : [];
  print(`\n${(faults.length === 0 ? summary : faults).map((each) => `${each}\n`).join("")}`);
  print(printedLine("guard", printed));
  return faults.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What is so by a state, and why: the rule that fired. */
function ruleOf({ status, reason, blockedUntil, advice }: State): string {
  const until = blockedUntil ? ` (${endOf(blockedUntil, new Date())})` : "";
  const also = advice.map((each) => `; advice: ${each}`).join("");
  return `${status}${until}: ${reason}${also}`;
}

/** When a block ends, or did: a time of day says nothing where hours pass in seconds. */
function endOf(until: Date, now: Date): string {
  return `${until > now ? "ends" : "ended"} ${relativeTime(until, now)}`;
}

/** A decision, without how much is used. */
function shape({ status, blockedUntil, reason }: State): string {
  return [status, blockedUntil?.getTime(), reason.replace(/[\d.]+/g, "0")].join();
}

/** The windows and how much of each is used, in short. */
function usedIn({ windows }: State): string {
  if (windows.length === 0) return "?";
  return windows.map(({ usedPercent, windowMinutes }) => {
    const isWeek = (windowMinutes ?? 0) >= 24 * 60;
    return windows.length > 1 || isWeek
      ? `${isWeek ? "7d" : "5h"} ${usedPercent}%`
      : `${usedPercent}%`;
  }).join(" ");
}

function wordsFor(event: Exclude<PlayEvent, { kind: "reading" }>): string {
  switch (event.kind) {
    case "news":
      return event.news;
    case "held":
      return `tool call ${event.call} is held`;
    case "released":
      return `tool call ${event.call} goes on: held ${seconds(event.heldMs)}` +
        afterReset(", ", event.afterResetMs);
  }
}

/** A row of the trace; what does not fit goes on below. */
function line(time: string, used: string, what: string): string {
  const start = `${time.padStart(7)}  ${used.padStart(14)}  `;
  return wrapped(what, COLUMNS - start.length)
    .map((each, index) => `${index === 0 ? start : " ".repeat(start.length)}${each}\n`).join("");
}

function passedLine({ passed }: Seen): string {
  const times = passed.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  const median = Math.round(times[Math.floor(times.length / 2)] ?? 0);
  const calls = times.length === 1 ? "1 other tool call" : `${times.length} other tool calls`;
  return `${calls} went through, each within ${median} ms (median).`;
}

async function showBurst(cast: Cast, stage: Stage, speed: number): Promise<number> {
  const about =
    `${cast.agents} agents spend one quota. Who asks for more at 100% is dead; a request ` +
    "that is on its way runs to its end. Each writes down what is used, as an agent does. From 95% on " +
    "their next requests are held, until the reset.";
  print(
    `Five hours in ${seconds(5 * 3600 * 1000 / speed)}, with the real daemon and the real hook ` +
      `script.\n${wrapped(about, COLUMNS).join("\n")}\n\n` +
      row("time", "used", "work", "held", ""),
  );
  const result = await runBurst(cast, stage, speed, (scene) => print(rowFor(scene)));
  if (stage.signal.aborted) return EXIT.failed;
  const failures = failuresOf(cast, result);
  print(`\n${failures.length === 0 ? summaryOf(cast, result) : failures.join("\n")}\n`);
  print(printedLine("hooks", result.printed));
  return failures.length === 0 && result.printed === "" ? EXIT.ok : EXIT.failed;
}

function rowFor({ atMs, usedPercent, working, held, died, news }: BurstScene): string {
  const all = died === 0 ? news : [`${died} dead`, ...news];
  const used = `${usedPercent.toFixed(1)}%`;
  return row(seconds(atMs), used, `${working}`, `${held}`, all.join("; "));
}

function row(time: string, used: string, work: string, held: string, news: string): string {
  const numbers = [time.padStart(7), used.padStart(6), work.padStart(4), held.padStart(4)];
  return `${numbers.join("  ")}  ${news}`.trimEnd() + "\n";
}

function summaryOf(
  { agents }: Cast,
  { heldAtPercent, past, onTheirWay, wentOnMs }: BurstResult,
): string {
  const others = past - onTheirWay;
  const later = others === 0 ? "" : `, ${others} let in just after it`;
  return `All ${agents} held at ${
    heldAtPercent?.toFixed(1)
  }%: ${past} requests after the crossing ` +
    `(${onTheirWay} on their way${later}).\n` +
    `Nobody died; all went on ${Math.max(...wentOnMs)} ms after the reset.`;
}

/** What is not as it should be, in sentences. */
function failuresOf({ agents }: Cast, { died, held, mostPast, wentOnMs }: BurstResult): string[] {
  return [
    died > 0 ? `${died} of ${agents} died at the wall.` : "",
    held < agents
      ? `Only ${held} of ${agents} were held. A lower --speed gives a busy machine more time.`
      : "",
    mostPast > 1 ? `One made ${mostPast} requests after the crossing.` : "",
    wentOnMs.length < agents ? `Only ${wentOnMs.length} of ${agents} went on after the reset.` : "",
  ].filter((failure) => failure !== "");
}

function printedLine(who: string, printed: string): string {
  return `The ${who} printed ${printed === "" ? "nothing" : JSON.stringify(printed)}.\n`;
}

function afterReset(before: string, ms: number | undefined): string {
  if (ms === undefined) return "";
  return before + (ms < 0 ? `${seconds(-ms)} before the reset` : `${ms} ms after the reset`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
