import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { sharedArguments } from "../config/shared.ts";
import type { HookOutcome } from "../harness/harness.ts";
import { findOnPath } from "../process/program_path.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { hooksPathOf, report } from "./hooks_path.ts";
import { forEachKind, isHere } from "./named_kinds.ts";
import { plannedProgram } from "./planned_program.ts";
import { rulesOfHooks } from "./rules.ts";
import { isSourceKnown } from "./source.ts";
import { startIn } from "./start.ts";
import { existingStateDirectory, ownStateDirectory } from "./state_directory.ts";
import { directoryOf, harnessOf } from "./target.ts";

/** `install-hook`: puts our hooks into the hooks file of each harness that is named, or is here. */
export async function installHook({ options, words }: Invocation): Promise<number> {
  if (!isSourceKnown(options)) return EXIT.usage;
  const codes: number[] = [];
  const each = await forEachKind(words, options, isHere);
  for (const one of each) {
    if (each.length > 1) print(`${harnessOf(one).name}:\n`);
    codes.push(await installFor(one).catch((error) => failed(error, each.length > 1)));
  }
  return Math.max(...codes);
}

/** What fails for one harness does not keep it from the others. */
function failed(error: unknown, hasOthers: boolean): number {
  if (!hasOthers) throw error;
  printError(messageOf(error));
  return EXIT.failed;
}

async function installFor(options: Options): Promise<number> {
  const { outcome, kept } = await installIn(options);
  const code = report(outcome);
  if (code !== 0) return code;
  if (kept.length > 0) {
    print(`Kept from the hooks that were there: ${kept.join(" ")} (uninstall-hook drops them).\n`);
  }
  const { quotaPrograms, withoutCodexbar } = harnessOf(options);
  if (await findOnPath("codexbar") === undefined) {
    const found = await Promise.all(quotaPrograms.map(findOnPath));
    const isAsked = quotaPrograms.length === 0 || found.some((path) => path !== undefined);
    const without = isAsked
      ? withoutCodexbar
      : `the quota is unknown, and nothing is held, until it or ${
        quotaPrograms.join(" or ")
      } is there`;
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
  const harness = harnessOf(options);
  const path = hooksPathOf(options, harness);
  const { program, kept } = await plannedProgram(harness, path, options);
  const { stateDirectory: stateDir } = program;
  // Hooks that look there would let everything pass in silence.
  if (stateDir !== undefined) ownStateDirectory({ ...options, stateDir });
  // A daemon that runs is for those of all hooks; it is replaced where the user says by what to go.
  const isSaid = sharedArguments(options).length > 0;
  const directory = isSaid ? stateDir ?? directoryOf(await withHooksDirectory(options)) : undefined;
  const rules = async () =>
    directory === undefined ? [] : sharedArguments(await rulesOfHooks(directory, options) ?? {});
  const before = await rules();
  const outcome = await harness.install(path, program);
  if (outcome.kind !== "done") return { outcome, kept };
  if (stateDir !== undefined) {
    // Whose it is, is written down: sessions with homes of their own may share these hooks.
    await existingStateDirectory({ ...options, stateDir }).catch(() => {});
  }
  if (directory === undefined || (await rules()).join() === before.join()) return { outcome, kept };
  const lines = await renewDaemon(options, directory);
  return { outcome: { ...outcome, lines: [...outcome.lines, ...lines] }, kept };
}

/** A daemon that runs has the options that the hooks had; the user is told where it gets those of now. */
async function renewDaemon(
  { provider, home, hooksPath }: Options,
  stateDir: string,
): Promise<string[]> {
  const directory = new StateDirectory(stateDir);
  if (!directory.isDaemonAlive()) return [];
  const daemon = await startIn({ provider, home, hooksPath, stateDir }, { replaces: true })
    .catch((error) => ({ kind: "failed" as const, reason: messageOf(error) }));
  switch (daemon.kind) {
    case "started":
      return [`The daemon was replaced: pid ${daemon.pid}.`];
    case "already-running":
      return [];
    case "failed":
      return directory.isDaemonAlive()
        ? [`The daemon has the options of before (${daemon.reason}); run: quota-sentry start.`]
        : [`No daemon runs now (${daemon.reason}); run: quota-sentry start.`];
  }
}
