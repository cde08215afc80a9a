import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type OptionName, type Options, SETTING_OPTIONS, toArguments } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { sharedArguments } from "../config/shared.ts";
import { startDaemon } from "../daemon/start_daemon.ts";
import type { StartOutcome } from "../daemon/start_outcome.ts";
import { takeInput } from "../guard/input.ts";
import { onPathOf } from "../process/program_path.ts";
import { toolsOf } from "../sources/tools.ts";
import { isGone } from "../state/homes.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { withHooksDirectory, withRulesOf } from "./hook_options.ts";
import { eachMeant } from "./meant.ts";
import { rulesOfDaemon, rulesOfHooks, rulesOfOwnHooks } from "./rules.ts";
import { isSourceKnown } from "./source.ts";
import { existingStateDirectory, withQuotaHomeOf } from "./state_directory.ts";
import { harnessOf, homeOf, inEachHome, kindOf, ofQuota, unusualHome } from "./target.ts";

/** The options that the daemon takes over. */
const DAEMON_OPTIONS: readonly OptionName[] = [
  "state-dir",
  "provider",
  "home",
  ...SETTING_OPTIONS,
];

/** `start`: starts the daemon unless it runs. With `--quiet` it is a hook and must not disturb. */
export async function start(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (!options.quiet) {
    if (!options.all && !isSourceKnown(options)) return EXIT.usage;
    return await inEachHome(
      options,
      async (each) => {
        const isNamed = each.stateDir !== undefined;
        // With `--all` alone it is what a login runs: that is nobody's wish to have another one.
        const replaces = !options.all || sharedArguments(options).length > 0;
        return report(await startIn(each, { isNamed, replaces }));
      },
      eachMeant,
    );
  }
  const input = takeInput();
  // A daemon that does not start leaves the quota unknown, and an unknown quota stops nobody.
  const path = await directoryFor(options).catch(() => undefined);
  if (path !== undefined) {
    await startForHooks(path, options).catch(() => {});
    await noticeHooks(path, options).catch(() => {});
  }
  await input.ended();
  return EXIT.ok;
}

/** How a daemon is to be started. */
export interface HowToStart {
  /** The user named the directory. */
  readonly isNamed?: boolean;
  /** One that runs with other settings is replaced, where it is known which are wanted. */
  readonly replaces?: boolean;
}

/**
 * Starts the daemon that the options describe, in a state directory that is made if need be. It reads the
 * quota that is used there, which may be another harness's, and has the settings of the hooks that look
 * there, where the options do not say otherwise.
 */
export async function startIn(
  asked: Options,
  { isNamed, replaces }: HowToStart = {},
): Promise<StartOutcome> {
  const path = await directoryFor(asked);
  const ofHooks = await rulesOfHooks(path, asked, isNamed);
  const ofDaemon = rulesOfDaemon(new StateDirectory(path));
  // One that is replaced by another build keeps what it was given, by whomever.
  const said = replaces ? ofHooks ?? ofDaemon : ofDaemon ?? ofHooks;
  const options = withRulesOf(said ?? {}, asked);
  if (!isSourceKnown(options)) return { kind: "failed", reason: "its source is not known" };
  const isSaid = ofHooks !== undefined || sharedArguments(asked).length > 0;
  return await startAt(path, options, { isNamed, replaces: replaces && isSaid });
}

/**
 * As a session's hooks do it. One that is replaced, because it is of another build or sees too little, keeps
 * what it was given. Else those of the harness and home that the state is for count, where it has hooks that
 * are known.
 */
async function startForHooks(path: string, asked: Options): Promise<void> {
  const { provider, home } = asked;
  const said = rulesOfDaemon(new StateDirectory(path)) ?? await rulesOfOwnHooks(path, asked) ??
    asked;
  await startAt(path, { ...withRulesOf(said, {}), provider, home });
}

/** Where the hooks look, made if need be. */
async function directoryFor(options: Options): Promise<string> {
  return await existingStateDirectory(await withHooksDirectory(options));
}

async function startAt(
  path: string,
  asked: Options,
  { isNamed, replaces }: HowToStart = {},
): Promise<StartOutcome> {
  const options = ofQuota(asked);
  const watched = await withQuotaHomeOf(path, options, isNamed);
  await noteOwnHome(watched, options);
  const directory = new StateDirectory(path);
  const args = ["daemon", ...toArguments({ ...watched, stateDir: path }, DAEMON_OPTIONS)];
  const sees = await onPathOf(toolsOf(harnessOf(options)));
  const rules = sharedArguments(watched);
  return await startDaemon(directory, { args, sees, rules, mustHaveRules: replaces });
}

/**
 * A session whose hooks look at another home's state, as launchers make them: its own home is written
 * down too, so that what its sessions say is heard where it is the same account.
 */
async function noteOwnHome(watched: Options, options: Options): Promise<void> {
  const { provider } = options;
  const { id } = kindOf(options);
  const [own, other] = [homeOf(options), homeOf(watched)];
  if (own === undefined || isGone(own)) return;
  if (unusualHome({ id, home: own }) === unusualHome({ id, home: other })) return;
  await existingStateDirectory({ provider, home: own }).catch(() => {});
}

/** An upgraded agent may skip hooks that it has come to know; `status` then says so. */
async function noticeHooks(path: string, options: Options): Promise<void> {
  const { noticeHooksLater } = await import("./notice_hooks.ts");
  await noticeHooksLater(path, options);
}

function report(outcome: StartOutcome): number {
  switch (outcome.kind) {
    case "started":
      print(`daemon started: pid ${outcome.pid}\n`);
      return EXIT.ok;
    case "already-running":
      print(`daemon already running${outcome.pid ? `: pid ${outcome.pid}` : ""}\n`);
      return EXIT.ok;
    case "failed":
      printError(
        outcome.isAnotherThere
          ? `the daemon was not replaced: ${outcome.reason}; sessions go on with the one that runs`
          : `the daemon did not start: ${outcome.reason}; sessions go on, but nothing watches the quota`,
      );
      return EXIT.failed;
  }
}
