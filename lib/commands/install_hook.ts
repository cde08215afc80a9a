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
import { rulesOfDaemon, rulesOfHooks } from "./rules.ts";
import { isSourceKnown } from "./source.ts";
import { startIn } from "./start.ts";
import { startCommand } from "./start_command.ts";
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
  const outcome = await harness.install(path, program);
  if (outcome.kind !== "done") return { outcome, kept };
  if (stateDir !== undefined) {
    // Whose it is, is written down: sessions with homes of their own may share these hooks.
    await existingStateDirectory({ ...options, stateDir }).catch(() => {});
  }
  // The hooks are there, whatever comes of this.
  const lines = await renewDaemon(options).catch(() => []);
  return { outcome: { ...outcome, lines: [...outcome.lines, ...lines] }, kept };
}

/**
 * A daemon that runs has the options that it was started with. It is replaced where the user has said by what
 * to go, and the hooks that count there say so now; else the user is told where they say otherwise.
 */
async function renewDaemon(options: Options): Promise<string[]> {
  const { provider, home, hooksPath } = options;
  const stateDir = directoryOf(await withHooksDirectory(options));
  const directory = stateDir === undefined ? undefined : new StateDirectory(stateDir);
  if (!directory?.isDaemonAlive()) return [];
  const ofHooks = await rulesOfHooks(directory.path, options);
  if (ofHooks === undefined) return [];
  const ofDaemon = rulesOfDaemon(directory);
  const wanted = sharedArguments(ofHooks);
  const its = ofDaemon && sharedArguments(ofDaemon);
  if (its?.join() === wanted.join()) return [];
  const said = sharedArguments(options);
  const start = `run: ${startCommand(options)}`;
  if (said.length === 0 || !said.every((each) => wanted.includes(each))) {
    // One of an older build, which does not say, is replaced with the next session.
    if (its === undefined) return [];
    const [has, have] = [its, wanted].map((each) => each.join(" ") || "no options");
    return [`A daemon runs with ${has}, the hooks have ${have}; to replace it, ${start}.`];
  }
  const daemon = await startIn({ provider, home, hooksPath, stateDir }, { replaces: true })
    .catch((error) => ({ kind: "failed" as const, reason: messageOf(error) }));
  switch (daemon.kind) {
    case "started":
      return [`The daemon was replaced: pid ${daemon.pid}.`];
    case "already-running":
      return [];
    case "failed":
      return directory.isDaemonAlive()
        ? [`The daemon was not replaced (${daemon.reason}); ${start}.`]
        : [`No daemon runs now (${daemon.reason}); ${start}.`];
  }
}
