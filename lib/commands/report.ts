import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import { SCHEMA_VERSION } from "../history/json.ts";
import { pastBetween } from "../history/open.ts";
import { type Receipts, receiptsOf } from "../history/receipts.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { wrap } from "../terminal/wrap.ts";
import { type Output, outputOf } from "../terminal/output.ts";
import { parseDuration } from "../text/duration.ts";
import { forUser } from "../text/for_user.ts";
import { span } from "../text/relative_time.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { withoutHome } from "../text/without_home.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { ownStateDirectory } from "./state_directory.ts";

const DEFAULT_LAST = "7d";

/** `report`: what Quota Sentry did in some time, and what it cost. */
export async function report({ options: asked }: Invocation): Promise<number> {
  const options = await withHooksDirectory(asked);
  const { last = DEFAULT_LAST } = options;
  const directory = new StateDirectory(ownStateDirectory(options));
  const to = new Date();
  const from = new Date(to.getTime() - parseDuration(last)! * 1000);
  const receipts = receiptsOf(pastBetween(directory, from, to), from, to);
  if (options.json) {
    const times = { from: formatTimestamp(from), to: formatTimestamp(to) };
    const resets = receipts.resets.map((each) => ({ ...each, at: formatTimestamp(each.at) }));
    const json = { schemaVersion: SCHEMA_VERSION, ...times, ...receipts, resets };
    print(`${JSON.stringify(json, null, 2)}\n`);
    return EXIT.ok;
  }
  const output = outputOf();
  print(receiptLines(receipts, last).flatMap((line) => fitted(line, output)).join(""));
  return EXIT.ok;
}

function fitted(line: string, output: Output): string[] {
  return wrap(line, Math.max(40, Math.min(100, output.columns)), output, "    ")
    .map((each) => `${each}\n`);
}

function receiptLines(receipts: Receipts, last: string): string[] {
  const { walls, wallsPassed, holds, wentOn, heldSeconds, directories, forecasts } = receipts;
  const lines = [
    `In the last ${span(parseDuration(last)! * 1000)}:`,
    `  walls met: ${walls}, of which ${wallsPassed} have passed`,
    `  holds: ${holds}, ${duration(heldSeconds)} in all; ${wentOn} went on afterwards`,
    ...directories.map(({ directory, ...each }) =>
      `    ${directory === null ? "directory not known" : forUser(withoutHome(directory))}: ` +
      `${each.holds} held for ${duration(each.heldSeconds)}, ${each.wentOn} went on`
    ),
    `  stopped at the wall all the same: ${receipts.stopped}, ${receipts.revived} brought back`,
  ];
  for (const [window, resets] of Map.groupBy(receipts.resets, ({ window }) => window)) {
    const mean = resets.reduce((sum, { unusedPercent }) => sum + unusedPercent, 0) / resets.length;
    lines.push(`  ${window}: ${resets.length} resets, ${Math.round(mean)}% left unused on average`);
  }
  const { judged, foreseen, medianErrorSeconds } = forecasts;
  if (judged > 0) {
    const off = medianErrorSeconds === null ? "" : `, off by ${duration(medianErrorSeconds)}`;
    lines.push(`  forecasts an hour ahead: ${foreseen} of ${judged} walls foreseen${off}`);
  }
  return lines;
}

function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
