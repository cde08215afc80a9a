import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { explanationLines, explanationOf, explanationsJson } from "../report/explain.ts";
import { type Report, reportOf } from "../report/report.ts";
import type { Waiting } from "../state/waiting.ts";
import { outputOf } from "../terminal/output.ts";
import { gather } from "./gather.ts";
import { absolute, named } from "./held_sessions.ts";
import { eachMeant } from "./meant.ts";
import { allHomes, harnessOf } from "./target.ts";

/** `explain [SESSION]`: why it is held, or why nobody is. */
export async function explain({ options, words }: Invocation): Promise<number> {
  if (words.length > 1) {
    printError(`explain takes one session, not "${words.join(" ")}"`);
    return EXIT.usage;
  }
  const now = new Date();
  const homes = allHomes().live;
  const all = await Promise.all(
    (await eachMeant(options)).map(async (each) => ({
      name: harnessOf(each).name,
      report: reportOf(await gather(each, homes, now), now),
    })),
  );
  const [word] = words;
  const found = all.map(({ name, report }) => ({
    name,
    report,
    held: word === undefined ? [undefined] : heldBy(word, report),
  }));
  const told = found.filter((each) => typeof each.held !== "string") as Told[];
  const [first] = told;
  if (first === undefined) {
    for (const { held } of found) printError(held as string);
    return EXIT.failed;
  }
  if (options.json) {
    print(`${JSON.stringify(explanationsJson(first.report, first.held), null, 2)}\n`);
    return EXIT.ok;
  }
  for (const { name, report, held } of told) {
    if (told.length > 1) print(`${name}:\n`);
    const lines = held.flatMap((each) => explanationLines(explanationOf(report, each), outputOf()));
    print(lines.map((line) => `${line}\n`).join(""));
  }
  return EXIT.ok;
}

/** What is told of one harness: of those that are held there, or that nobody is named. */
interface Told {
  readonly name: string;
  readonly report: Report;
  readonly held: readonly (Waiting | undefined)[];
}

/** Those that a word names; a text where nobody is, or it cannot be told which. */
function heldBy(word: string, { waiting, status, reason }: Report): readonly Waiting[] | string {
  if (waiting.length > 0) return named(absolute(word), waiting);
  return `nobody is held (${status}: ${reason}); quota-sentry explain says why not`;
}
