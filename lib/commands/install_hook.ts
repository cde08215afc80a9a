import type { Invocation } from "../cli/command.ts";
import type { Options } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import type { HookOutcome } from "../harness/harness.ts";
import { findOnPath } from "../process/program_path.ts";
import { hooksPathOf, report } from "./hooks_path.ts";
import { plannedProgram } from "./planned_program.ts";
import { existingStateDirectory, ownStateDirectory } from "./state_directory.ts";
import { codexOf } from "./target.ts";

/** `install-hook`: puts our hooks into the harness's hooks file. */
export async function installHook({ options }: Invocation): Promise<number> {
  const { outcome, kept } = await installIn(options);
  const code = report(outcome);
  if (code !== 0) return code;
  if (kept.length > 0) {
    print(`Kept from the hooks that were there: ${kept.join(" ")} (uninstall-hook drops them).\n`);
  }
  if (await findOnPath("codexbar") === undefined) {
    const without = await findOnPath("codex") === undefined
      ? "the quota is unknown, and nothing is held, until it or codex is there"
      : "the quota is read from Codex itself";
    print(`codexbar was not found on PATH: ${without}.\n`);
  }
  return code;
}

/**
 * Puts our hooks into the hooks file of the home that the options name.
 *
 * @returns What came of it, and the options that stay from hooks that were there.
 * @throws When the state directory cannot be used, or a program that is named cannot be run.
 */
export async function installIn(
  options: Options,
): Promise<{ readonly outcome: HookOutcome; readonly kept: readonly string[] }> {
  const codex = codexOf(options);
  const path = hooksPathOf(options, codex);
  const { program, kept } = await plannedProgram(codex, path, options);
  const { stateDirectory: stateDir } = program;
  // Hooks that look there would let everything pass in silence.
  if (stateDir !== undefined) ownStateDirectory({ ...options, stateDir });
  const outcome = await codex.install(path, program);
  if (outcome.kind === "done" && stateDir !== undefined) {
    // Whose it is, is written down: sessions with homes of their own may share these hooks.
    await existingStateDirectory({ ...options, stateDir }).catch(() => {});
  }
  return { outcome, kept };
}
