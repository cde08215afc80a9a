import { resolve } from "@std/path";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import type { Harness, HookOutcome } from "../harness/harness.ts";
import { kindNamed } from "../harness/registry.ts";

/**
 * The hooks file that the options name, absolute, or the harness's own.
 *
 * @throws When there is neither an option nor a home directory, or nothing is known of its hooks.
 */
export function hooksPathOf(options: Options, harness: Harness): string {
  const path = options.hooksPath ?? harness.hooksPath();
  if (path === undefined) {
    if (kindNamed(harness.id).place === undefined) {
      throw new Error(
        `nothing is known of the hooks of ${harness.name}; ` +
          `its quota tells: quota-sentry status --provider ${harness.id}`,
      );
    }
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
