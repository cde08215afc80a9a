import { type Options, settingsOf } from "../cli/options.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { isDisabled } from "../guard/environment.ts";
import type { Death } from "../harness/death.ts";
import { amissIn, earlierVersion, INSTALL } from "../harness/findings.ts";
import type { Harness } from "../harness/harness.ts";
import { KINDS } from "../harness/registry.ts";
import { readSeen, stillTrue } from "../harness/seen.ts";
import type { Facts } from "../report/report.ts";
import { isForgotten } from "../revive/judge.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { forUser } from "../text/for_user.ts";
import { withRules } from "./rules.ts";
import { hasOurHooks } from "./meant.ts";
import { namedStateDirectory, whyUnusable } from "./state_directory.ts";
import {
  harnessOf,
  homeHeldOn,
  homeOf,
  type NamedHome,
  providerOf,
  sameAccount,
  unusualHome,
} from "./target.ts";

/**
 * Looks at all that is to be told of a home. Starts nothing.
 *
 * @param homes All that are known.
 */
export async function gather(
  asked: Options,
  homes: readonly NamedHome[],
  now: Date,
): Promise<Facts> {
  const options = await withRules(asked);
  const directory = new StateDirectory(namedStateDirectory(options));
  const resolved = await loadSettings(settingsOf(options), homeOf(options));
  const unusable = whyUnusable(directory.path);
  const isUsable = unusable === undefined;
  const isRunning = isUsable && directory.isDaemonAlive();
  const harness = harnessOf(options);
  const provider = providerOf(harness);
  return {
    provider,
    home: harness.home,
    heldOn: homeHeldOn(directory, harness),
    sameAccount: sameAccount(harness, homes),
    namesHome: provider !== undefined || homes.length > 1 || unusualHome(harness) !== undefined,
    stateDirectory: directory.path,
    unusable,
    state: isUsable ? directory.state() : undefined,
    waiting: isUsable ? await waitingIn(directory) : [],
    stopped: await stoppedIn(harness, resolved.settings, now),
    daemon: { isRunning, pid: isRunning ? directory.daemonPid() : undefined },
    pauseEnd: isUsable ? directory.pausedUntil(now) : undefined,
    isBypassed: isDisabled(),
    hasHooks: await hasHooks(harness),
    hooks: await hookLines(directory, harness),
    resolved,
  };
}

/** Sessions that somebody may want to go on with; none where the user does not want to be told. */
async function stoppedIn(
  { wall }: Harness,
  { revive }: Settings,
  now: Date,
): Promise<readonly Death[]> {
  if (!wall || revive === "off") return [];
  return (await wall.deaths(now)).filter((death) => !isForgotten(death, now));
}

/** Undefined for what has none. Those of a harness that is held on this one's quota are as good. */
async function hasHooks(harness: Harness): Promise<boolean | undefined> {
  const path = harness.hooksPath();
  if (path === undefined) return undefined;
  if ((await harness.calls(path)).length > 0) return true;
  const others = KINDS.filter(({ quotaOf }) => quotaOf === harness.id);
  const have = await Promise.all(others.map(({ id }) => hasOurHooks({ provider: id })));
  return have.includes(true);
}

/** What is wrong with the hooks, as far as their file and what the harness last said of them tell. */
async function hookLines(directory: StateDirectory, harness: Harness): Promise<string[]> {
  const hooksPath = harness.hooksPath();
  const missing = hooksPath === undefined ? [] : await harness.missingEvents(hooksPath);
  const seen = await stillTrue(readSeen(directory));
  const found = [
    ...(missing.length > 0 ? [{ text: earlierVersion(missing), todo: INSTALL }] : []),
    ...seen.flatMap((each) => amissIn(each) ?? []),
  ];
  return [...new Set(found.map(({ text, todo }) => `${forUser(text)}; ${todo}`))];
}
