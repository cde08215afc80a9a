import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { briefLines, goneLines } from "../report/brief.ts";
import { reportJson, reportsJson } from "../report/json.ts";
import { oneLineOf } from "../report/one_line.ts";
import { type Report, reportOf } from "../report/report.ts";
import { homeWords, screenOf } from "../report/screen.ts";
import { knownProviders } from "../state/homes.ts";
import { stateDirectory } from "../state/location.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { type Output, outputOf } from "../terminal/output.ts";
import { shown } from "../terminal/fit.ts";
import { laidOut } from "../terminal/wrap.ts";
import { gather } from "./gather.ts";
import { eachMeant } from "./meant.ts";
import { settingLines } from "./setting_lines.ts";
import { allHomes, forEachHome, type Homes, kindOf } from "./target.ts";

/** `status`: what was last read, how old it is, who waits, and whether the daemon runs. */
export async function status({ options }: Invocation): Promise<number> {
  const homes = allHomes();
  const reports: Report[] = [];
  for (const each of await targetsOf(options, homes)) {
    const now = new Date();
    reports.push(reportOf(await gather(each, homes.live, now), now));
  }
  const isOne = reports.length === 1 && !options.all;
  const gone = homes.gone.map(({ home }) => home);
  if (options.json) {
    const json = options.all ? reportsJson(reports, gone) : {
      ...reportJson(reports[0]!),
      // Whoever reads the first one alone finds it where it has been.
      ...(isOne ? {} : reportsJson(reports, gone)),
    };
    print(`${JSON.stringify(json, null, 2)}\n`);
  } else {
    const output = outputOf();
    const lines = isOne
      ? linesOf(reports[0]!, options, output)
      : linesOfAll(reports, options.all ? gone.length : 0, options, output);
    print(lines.map((line) => `${line}\n`).join(""));
  }
  return options.exitCode ? Math.max(...reports.map(exitCodeOf)) : EXIT.ok;
}

/** Each home that it is for; with `--all` also the providers that have a state of their own. */
async function targetsOf(options: Options, homes: Homes): Promise<Options[]> {
  if (!options.all) return await eachMeant(options);
  const each = forEachHome(options, () => homes);
  const usual = stateDirectory({}, Deno.env.get, Deno.cwd);
  if (usual === undefined) return each;
  const { all: _, ...rest } = options;
  const providers = knownProviders(new StateDirectory(usual))
    .filter((provider) => kindOf({ provider }).place === undefined);
  return [...each, ...providers.map((provider) => ({ ...rest, provider }))];
}

function linesOf(report: Report, options: Options, output: Output): string[] {
  if (isShort(options, output)) return [shown(oneLineOf(report), output)];
  const { verbose } = options;
  return [
    ...screenOf(report, output),
    ...(verbose
      ? ["", "settings:", ...settingLines(report.resolved.list).map((line) => `  ${line}`)]
      : []),
  ];
}

function linesOfAll(
  reports: readonly Report[],
  gone: number,
  options: Options,
  output: Output,
): string[] {
  const each = isShort(options, output)
    ? reports.map((report) => `${homeWords(report).replace(/^home: /, "")}: ${oneLineOf(report)}`)
    : reports.flatMap(briefLines);
  return [...each, ...goneLines(gone)].flatMap((line) =>
    isShort(options, output) ? [shown(line, output)] : laidOut(line, output)
  );
}

/** One line is for other programs, and for those who ask for it. */
function isShort({ short, long, verbose }: Options, { isTerminal }: Output): boolean {
  return short === true || (!isTerminal && !long && !verbose);
}

/** What is worst for somebody who begins something now: that nobody would be held at all. */
function exitCodeOf({ unprotected, status, pausedUntil }: Report): number {
  if (unprotected.length > 0) return EXIT.unprotected;
  if (status === "unknown") return EXIT.unknown;
  return status === "blocked" && !pausedUntil ? EXIT.blocked : EXIT.ok;
}
