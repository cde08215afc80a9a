import type { Invocation } from "../cli/command.ts";
import { print } from "../cli/output.ts";
import { findOnPath } from "../process/program_path.ts";
import { hooksPathOf, report } from "./hooks_path.ts";
import { plannedProgram } from "./planned_program.ts";
import { existingStateDirectory, ownStateDirectory } from "./state_directory.ts";
import { harnessOf } from "./target.ts";

/** `install-hook`: puts our hooks into the harness's hooks file. */
export async function installHook(invocation: Invocation): Promise<number> {
  const codex = harnessOf(invocation.options);
  const path = hooksPathOf(invocation.options, codex);
  const { program, kept } = await plannedProgram(codex, path, invocation.options);
  // Hooks that look there would let everything pass in silence.
  if (program.stateDirectory !== undefined) {
    ownStateDirectory({ ...invocation.options, stateDir: program.stateDirectory });
  }
  const code = report(await codex.install(path, program));
  if (code !== 0) return code;
  if (program.stateDirectory !== undefined) {
    // Whose it is, is written down: sessions with homes of their own may share these hooks.
    const { stateDirectory: stateDir } = program;
    await existingStateDirectory({ ...invocation.options, stateDir }).catch(() => {});
  }
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
