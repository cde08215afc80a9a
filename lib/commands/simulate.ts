import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import { formatTimestamp } from "../quota/timestamp.ts";
import { runSimulation, type SimulationEvent } from "../simulation/simulation.ts";

/** `simulate`: shows a hold and a release in a few seconds, with everything real but the quota. */
export async function simulateCommand(): Promise<number> {
  const ended = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => ended.abort());
  }
  print(
    "A 5-hour window in 10 seconds, with the real daemon and the real guard.\n" +
      "An agent calls tools until the window is 95% used; the guard then holds it until the reset.\n\n" +
      line("time", "used", "state", "the agent"),
  );
  const released: (SimulationEvent & { kind: "released" })[] = [];
  const result = await runSimulation(Deno.env.get("TMPDIR") || "/tmp", (event) => {
    if (event.kind === "released") released.push(event);
    print(lineFor(event));
  }, ended.signal);
  const hold = released[0];
  if (!hold) {
    print("\nEnded before the agent was held.\n");
    return EXIT.failed;
  }
  const passed = result.passedMs.toSorted((a, b) => a - b);
  const median = passed[Math.floor(passed.length / 2)] ?? 0;
  print(
    `\nHeld once, for ${
      seconds(hold.heldMs)
    }; it went on ${hold.afterResetMs} ms after the reset.\n` +
      `${passed.length} other tool calls went through, each within ${
        Math.round(median)
      } ms (median).\n` +
      `The guard printed ${result.printed === "" ? "nothing" : JSON.stringify(result.printed)}.\n`,
  );
  return result.printed === "" ? EXIT.ok : EXIT.failed;
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
          `${event.afterResetMs} ms after the reset`,
      );
  }
}

function line(time: string, used: string, state: string, agent: string): string {
  return `${time.padStart(7)}  ${used.padStart(6)}  ${state.padEnd(34)}  ${agent}`.trimEnd() + "\n";
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
