import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { explanationLines, explanationOf, explanationsJson } from "../report/explain.ts";
import { type Report, reportOf } from "../report/report.ts";
import type { Waiting } from "../state/waiting.ts";
import { outputOf } from "../terminal/output.ts";
import { gather } from "./gather.ts";
import { absolute, named } from "./held_sessions.ts";
import { allHomes } from "./target.ts";

/** `explain [SESSION]`: why it is held, or why nobody is. */
export async function explain({ options, words }: Invocation): Promise<number> {
  if (words.length > 1) {
    printError(`explain takes one session, not "${words.join(" ")}"`);
    return EXIT.usage;
  }
  const now = new Date();
  const report = reportOf(await gather(options, allHomes().live, now), now);
  const [word] = words;
  const held = word === undefined ? [undefined] : heldBy(word, report);
  if (typeof held === "string") {
    printError(held);
    return EXIT.failed;
  }
  if (options.json) {
    print(`${JSON.stringify(explanationsJson(report, held), null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = held.flatMap((each) => explanationLines(explanationOf(report, each), outputOf()));
  print(lines.map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

/** Those that a word names; a text where nobody is, or it cannot be told which. */
function heldBy(word: string, { waiting, status, reason }: Report): readonly Waiting[] | string {
  if (waiting.length > 0) return named(absolute(word), waiting);
  return `nobody is held (${status}: ${reason}); quota-sentry explain says why not`;
}
