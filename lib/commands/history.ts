import { resolve } from "@std/path";
import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { writeElsewhere } from "../files/elsewhere.ts";
import { eventJson, readingJson, SCHEMA_VERSION } from "../history/json.ts";
import { type Past, pastBetween } from "../history/open.ts";
import { reportOf } from "../report/report.ts";
import { screenOf } from "../report/screen.ts";
import { type Output, outputOf } from "../terminal/output.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { parseDuration } from "../text/duration.ts";
import { gather } from "./gather.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { ownStateDirectory } from "./state_directory.ts";
import { allHomes, harnessOf } from "./target.ts";

const DEFAULT_LAST = "24h";

/** What a page shows of the present. */
const PAGE: Output = { columns: 100, isTerminal: false, hasColour: false, isUtf8: true };

/** `history`: what was used, as a chart, as data, or as a page. */
export async function history({ options: asked }: Invocation): Promise<number> {
  const options = await withHooksDirectory(asked);
  const { csv, json, html, last = DEFAULT_LAST } = options;
  if ([csv, json, html].filter((each) => each !== undefined).length > 1) {
    printError("history takes one of --csv, --json and --html");
    return EXIT.usage;
  }
  const directory = new StateDirectory(ownStateDirectory(options));
  const to = new Date();
  const from = new Date(to.getTime() - parseDuration(last)! * 1000);
  const past = pastBetween(directory, from, to);
  if (json) print(`${JSON.stringify(jsonOf(past))}\n`);
  else if (csv) print(csvOf(past));
  else if (html !== undefined) {
    const { historyPage } = await import("../history/page/page.ts");
    const path = resolve(html);
    const report = reportOf(await gather(options, allHomes().live, to), to);
    const page = historyPage({
      name: harnessOf(options).name,
      past,
      from,
      to,
      now: screenOf(report, PAGE),
    });
    await writeElsewhere(path, page, 0o644);
    print(`written: ${path}\n`);
  } else {
    const { chartLines } = await import("../history/chart.ts");
    print(chartLines({ past, from, to }, outputOf()).map((line) => `${line}\n`).join(""));
  }
  return EXIT.ok;
}

function jsonOf({ readings, events }: Past) {
  return {
    schemaVersion: SCHEMA_VERSION,
    readings: readings.map(readingJson),
    events: events.map(eventJson),
  };
}

/** A line for each window of each reading, as RFC 4180 has it. */
function csvOf({ readings }: Past): string {
  const rows = readings.map(readingJson).flatMap(({ at, source, windows }) =>
    windows.map((window) => [
      at,
      source,
      window.id,
      window.class,
      window.usedPercent,
      window.windowMinutes,
      window.resetsAt,
      window.extra,
    ])
  );
  const head = ["at", "source", "id", "class", "usedPercent", "windowMinutes", "resetsAt", "extra"];
  return [head, ...rows].map((row) => `${row.map(cell).join()}\r\n`).join("");
}

/** What a spreadsheet would take for a formula becomes a text. */
function cell(value: string | number | boolean | null): string {
  if (typeof value !== "string") return `${value ?? ""}`;
  const text = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
