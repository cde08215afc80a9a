import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import { VERSION } from "../process/version.ts";
import { holdLines } from "../report/holds.ts";
import { holdsJson, REPORT_VERSION } from "../report/json.ts";
import { type Report, reportOf } from "../report/report.ts";
import { outputOf } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { gather } from "./gather.ts";
import { shown } from "./held_sessions.ts";
import { eachMeant } from "./meant.ts";
import { allHomes, forEachHome } from "./target.ts";

/** `holds`: who waits, since when, until when and why, and who stopped at the wall. */
export async function holds({ options }: Invocation): Promise<number> {
  const homes = allHomes();
  const now = new Date();
  const reports: Report[] = [];
  const targets = options.all ? forEachHome(options, () => homes) : await eachMeant(options);
  const isOne = targets.length === 1 && !options.all;
  for (const each of targets) {
    reports.push(reportOf(await gather(each, homes.live, now), now));
  }
  if (options.json) {
    const about = { schemaVersion: REPORT_VERSION, version: VERSION };
    const json = {
      ...about,
      ...(options.all ? {} : holdsJson(reports[0]!)),
      ...(isOne ? {} : { homes: reports.map(holdsJson) }),
    };
    print(`${JSON.stringify(json, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = isOne ? holdLines(reports[0]!) : reports.flatMap(linesWithHome);
  const output = outputOf();
  print(lines.flatMap((line) => laidOut(line, output)).map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

function linesWithHome(report: Report): string[] {
  const { home, stateDirectory } = report;
  return [
    `${home === undefined ? stateDirectory : shown(home)}:`,
    ...holdLines(report).map((line) => `  ${line}`),
  ];
}
