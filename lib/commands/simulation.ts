import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { AGENTS, type BurstResult, type BurstScene, runBurst } from "../simulation/burst.ts";
import { runHold, type SimulationEvent } from "../simulation/hold.ts";
import { playOnStage, type Stage } from "../simulation/stage.ts";
import { formatTimestamp } from "../text/timestamp.ts";

/** `simulation hold` and `simulation burst`: hidden; `simulate` runs them in a directory of their own. */
export async function simulationCommand({ words }: Invocation): Promise<number> {
  const code = await playOnStage(words[0] === "burst" ? showBurst : showHold);
  if (code !== undefined) return code;
  printError("simulation is for Quota Sentry's own processes");
  return EXIT.usage;
}

async function showHold(stage: Stage): Promise<number> {
  print(
    "A 5-hour window in 10 seconds, with the real daemon and the real guard.\n" +
      "An agent calls tools until the window is 95% used; the guard then holds it until the reset.\n\n" +
      line("time", "used", "state", "the agent"),
  );
  const released: (SimulationEvent & { kind: "released" })[] = [];
  const result = await runHold(stage, (event) => {
    if (event.kind === "released") released.push(event);
    print(lineFor(event));
  });
  const hold = released[0];
  if (!hold) {
    print("\nEnded, and the agent was not held.\n");
    return EXIT.failed;
  }
  const passed = result.passedMs.toSorted((a, b) => a - b);
  const median = passed[Math.floor(passed.length / 2)] ?? 0;
  print(
    `\nHeld once, for ${seconds(hold.heldMs)}; it went on ${afterReset(hold.afterResetMs)}.\n` +
      `${passed.length} other tool calls went through, each within ${
        Math.round(median)
      } ms (median).\n` +
      printedLine("guard", result.printed),
  );
  return result.printed === "" && hold.afterResetMs >= 0 ? EXIT.ok : EXIT.failed;
}

function lineFor(event: SimulationEvent): string {
  const time = seconds(event.atMs);
  switch (event.kind) {
    case "reading": {
      const { state } = event;
      const until = state.blockedUntil ? ` until ${formatTimestamp(state.blockedUntil)}` : "";
      return line(time, `${state.usedPercent}%`, `${state.status}${until}`, "");
    }
    case "held":
      return line(time, "", "", `tool call ${event.call} is held`);
    case "released":
      return line(
        time,
        "",
        "",
        `tool call ${event.call} goes on: held ${seconds(event.heldMs)}, ` +
          afterReset(event.afterResetMs),
      );
  }
}

function line(time: string, used: string, state: string, agent: string): string {
  return `${time.padStart(7)}  ${used.padStart(6)}  ${state.padEnd(34)}  ${agent}`.trimEnd() + "\n";
}

async function showBurst(stage: Stage): Promise<number> {
  print(
    "A 5-hour window in 11 seconds, with the real daemon and the real hook script.\n" +
      "Four agents spend one quota; who asks for more at 100% is dead. Each writes down what is used,\n" +
      "as Codex does. From 95% on their next requests are held, until the reset.\n\n" +
      row("time", "used", "work", "held", ""),
  );
  const result = await runBurst(stage, (scene) => print(rowFor(scene)));
  if (stage.signal.aborted) return EXIT.failed;
  const failures = failuresOf(result);
  print(`\n${failures.length === 0 ? summaryOf(result) : failures.join("\n")}\n`);
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

function summaryOf({ heldAtPercent, past, onTheirWay, wentOnMs }: BurstResult): string {
  const others = past - onTheirWay;
  const later = others === 0 ? "" : `, ${others} let in just after it`;
  return `All four held at ${heldAtPercent?.toFixed(1)}%: ${past} requests after the crossing ` +
    `(${onTheirWay} on their way${later}).\n` +
    `Nobody died; all went on ${Math.max(...wentOnMs)} ms after the reset.`;
}

/** What is not as it should be, in sentences. */
function failuresOf({ died, held, mostPast, wentOnMs }: BurstResult): string[] {
  return [
    died > 0 ? `${died} of ${AGENTS} died at the wall.` : "",
    held < AGENTS ? `Only ${held} of ${AGENTS} were held.` : "",
    mostPast > 1 ? `One made ${mostPast} requests after the crossing.` : "",
    wentOnMs.length < AGENTS ? `Only ${wentOnMs.length} of ${AGENTS} went on after the reset.` : "",
  ].filter((failure) => failure !== "");
}

function printedLine(who: string, printed: string): string {
  return `The ${who} printed ${printed === "" ? "nothing" : JSON.stringify(printed)}.\n`;
}

function afterReset(ms: number): string {
  return ms < 0 ? `${-ms} ms before the reset` : `${ms} ms after the reset`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
