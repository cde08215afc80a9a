import { resolve } from "@std/path";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import type { Harness, HookOutcome } from "../harness/harness.ts";

/**
 * The hooks file that the options name, absolute, or the harness's own.
 *
 * @throws When there is neither an option nor a home directory.
 */
export function hooksPathOf(options: Options, harness: Harness): string {
  const path = options.hooksPath ?? harness.hooksPath();
  if (path === undefined) {
    throw new Error(
      `HOME is not set, so ${harness.name}'s hooks file is not known; give --hooks-path FILE`,
    );
  }
  return resolve(path);
}

/** Tells the user what came of it. */
export function report(outcome: HookOutcome): number {
  if (outcome.kind === "failed") {
    printError(outcome.message);
    return EXIT.failed;
  }
  print(outcome.lines.map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}
