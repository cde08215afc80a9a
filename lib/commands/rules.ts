import { type Options, SETTING_OPTIONS } from "../cli/options.ts";
import { readOptions } from "../cli/parse.ts";
import { KINDS } from "../harness/registry.ts";
import { daemonNote } from "../state/daemon_note.ts";
import { StateDirectory } from "../state/state_directory.ts";
import {
  callsThatLookAt,
  optionsOfHooks,
  withHooksDirectory,
  withRulesOf,
} from "./hook_options.ts";
import { withQuotaHomeOf } from "./state_directory.ts";
import { directoryOf, homeOf, kindOf, ofQuota, providerOf } from "./target.ts";

/*
 * By which settings sessions are held: hooks may have some as options, which count more than the file. The
 * daemon gets them that they start.
 */

/**
 * The settings of the hooks that look at a state directory: those of the home that it is for; where that has
 * none, those of a harness that is held on its quota. Undefined where no hooks that are known look there.
 *
 * @param isNamed The user named the directory.
 */
export async function rulesOfHooks(
  path: string,
  asked: Options,
  isNamed = false,
): Promise<Options | undefined> {
  const own = await rulesOfOwnHooks(path, asked, isNamed);
  if (own !== undefined) return own;
  const { id } = kindOf(ofQuota(asked));
  const others = KINDS.filter(({ quotaOf }) => quotaOf === id).map(providerOf);
  return await rulesOfFirst(path, others.map((provider) => ({ provider })));
}

/** The settings of the hooks of the harness whose quota a state directory is about, where they look there. */
export async function rulesOfOwnHooks(
  path: string,
  asked: Options,
  isNamed = false,
): Promise<Options | undefined> {
  // Whose it is, is somebody else's word there.
  if (!new StateDirectory(path).isOurs()) return undefined;
  const options = ofQuota(asked);
  const { hooksPath } = asked;
  const { provider, home } = await withQuotaHomeOf(path, options, isNamed);
  return await rulesOfFirst(path, [
    { provider, home, hooksPath },
    { provider, home: homeOf(options) },
  ]);
}

async function rulesOfFirst(
  path: string,
  homes: readonly Options[],
): Promise<Options | undefined> {
  if (!new StateDirectory(path).isOurs()) return undefined;
  for (const home of homes) {
    const calls = await callsThatLookAt(path, home);
    if (calls.length > 0) return optionsOfHooks(calls);
  }
  return undefined;
}

/**
 * The options, with the state directory of the hooks, and the settings that sessions are held by there, where
 * none are given: the daemon's where one runs, else the hooks'.
 */
export async function withRules(asked: Options): Promise<Options> {
  const options = await withHooksDirectory(asked);
  const path = directoryOf(options);
  if (path === undefined) return options;
  const said = rulesOfDaemon(new StateDirectory(path)) ??
    await rulesOfHooks(path, options, asked.stateDir !== undefined);
  return withRulesOf(said ?? {}, options);
}

/** The settings that a daemon was started with; undefined where none runs, or does not say. */
export function rulesOfDaemon(directory: StateDirectory): Options | undefined {
  if (!directory.isOurs() || !directory.isDaemonAlive()) return undefined;
  const { rules } = daemonNote(directory) ?? {};
  const read = rules && readOptions(SETTING_OPTIONS, rules);
  return read?.kind === "options" ? read.options : undefined;
}
