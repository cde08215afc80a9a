import { resolve } from "@std/path";
import type { Invocation } from "../cli/commands.ts";
import { type OptionName, toArguments } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { codex } from "../hooks/codex/codex.ts";
import type { HookProgram } from "../hooks/harness.ts";
import { findOnPath, stableProgramPath } from "../paths/program_path.ts";
import { hooksPathOf, report } from "./hooks_path.ts";
import { namedStateDirectory } from "./state_directory.ts";

/** `install-hook`: puts our hooks into the harness's hooks file. */
export async function installHook(invocation: Invocation): Promise<number> {
  const path = hooksPathOf(invocation.options, codex);
  const code = report(await codex.install(path, await programOf(invocation)));
  if (code === 0 && await findOnPath("codexbar") === undefined) {
    const without = await findOnPath("codex") === undefined
      ? "the quota is unknown, and nothing is held, until it or codex is there"
      : "the quota is read from Codex itself";
    print(`codexbar was not found on PATH: ${without}.\n`);
  }
  return code;
}

async function programOf({ options, given }: Invocation): Promise<HookProgram> {
  const { scriptPath, stateDir } = options;
  const path = scriptPath === undefined ? await stableProgramPath() : resolve(scriptPath);
  const absolute = { ...options, stateDir: stateDir === undefined ? undefined : resolve(stateDir) };
  // Only what was asked for: defaults may change with a later version.
  const passOn = (names: readonly OptionName[]) =>
    toArguments(absolute, names.filter((name) => given.includes(name)));
  const policy = ["threshold-percent", "reset-buffer-seconds"] as const;
  return {
    path,
    stateDirectory: options.direct ? undefined : namedStateDirectory(options),
    startArguments: passOn([
      "state-dir",
      ...policy,
      "interval-seconds",
      "max-state-age-seconds",
      "source",
    ]),
    guardArguments: passOn([
      "state-dir",
      ...policy,
      "interval-seconds",
      "max-state-age-seconds",
      "source",
    ]),
    stateOnlyArguments: passOn(["state-dir", "max-state-age-seconds"]),
  };
}
