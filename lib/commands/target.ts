import { basename, dirname, resolve } from "@std/path";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { codexIn } from "../harness/codex/codex.ts";
import { codexHome, unusual, usualHome } from "../harness/codex/home.ts";
import { homesBeside } from "../harness/codex/homes_beside.ts";
import type { Harness } from "../harness/harness.ts";
import { homeOfDirectory, type KnownHome, knownHomes } from "../state/homes.ts";
import { DIRECTORY_NAME, stateDirectory } from "../state/location.ts";
import { isOthers } from "../state/owned.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { withoutHome } from "../text/without_home.ts";

/** The home that options name, absolute, else the one that counts here; undefined where neither is known. */
export function homeOf({ home }: Options): string | undefined {
  if (home === undefined) return codexHome();
  return resolve(home.replace(/^~(?=\/|$)/, Deno.env.get("HOME") || "~"));
}

/** The harness with that home. */
export function codexOf(options: Options): Harness {
  return codexIn(homeOf(options));
}

/** Where the state is that options ask for; undefined where that is not known. */
export function directoryOf(options: Options): string | undefined {
  const { provider = "codex" } = options;
  const home = provider === "codex" ? unusual(homeOf(options)) : undefined;
  return stateDirectory({ ...options, home }, Deno.env.get, Deno.cwd);
}

/** All homes that are known: those with a state of their own, the usual one, and the one that counts here. */
export interface Homes {
  readonly live: readonly string[];
  readonly gone: readonly KnownHome[];
}

/** Looks which homes there are. Starts nothing. */
export function allHomes(): Homes {
  const directory = stateDirectory({}, Deno.env.get, Deno.cwd);
  const usual = [usualHome()].filter((home) => home !== undefined);
  const known = directory === undefined ? [] : knownHomes(new StateDirectory(directory));
  const live = known.flatMap(({ directory, home, isGone }) => {
    // An earlier version did not write it down.
    if (home === undefined) return basename(directory.path) === DIRECTORY_NAME ? usual : [];
    return isGone || !isOurs(home) ? [] : [home];
  });
  const here = [usualHome(), codexHome()].filter((home) => home !== undefined).filter(isOurs);
  const byPlace = new Map([...here, ...live].map((home) => [unusual(home) ?? "", home]));
  return { live: [...byPlace.values()], gone: known.filter(({ isGone }) => isGone) };
}

/**
 * The homes that are known, and those beside the usual one that look like homes: one may be new, or its
 * state may have been removed by hand.
 */
export function homesThere(): string[] {
  const usual = usualHome();
  const beside = usual === undefined ? [] : homesBeside(dirname(usual));
  const byPlace = Map.groupBy([...allHomes().live, ...beside], (home) => unusual(home) ?? "");
  return [...byPlace.values()].map(([home]) => home!);
}

/**
 * The options for each home that a command is for: with `--all` for every one.
 *
 * @param homes Tells which there are; asked with `--all` alone.
 * @throws When `--all` is given together with what names one.
 */
export function forEachHome(options: Options, homes = allHomes): Options[] {
  const { all, ...rest } = options;
  if (!all) return [options];
  const { stateDir, home, provider } = options;
  if ([stateDir, home, provider, options.hooksPath].some((each) => each !== undefined)) {
    throw new Error("--all is for every Codex home; leave out what names one of them");
  }
  const { live } = homes();
  if (live.length === 0) throw new Error("no Codex home is known; nothing was done");
  return live.map((home) => ({ ...rest, home }));
}

/** Does something for each home that a command is for; what fails in one does not keep it from the others. */
export async function inEachHome(
  options: Options,
  act: (options: Options) => Promise<number>,
): Promise<number> {
  const codes: number[] = [];
  for (const each of forEachHome(options)) {
    if (!options.all) return await act(each);
    print(`${withoutHome(each.home!)}: `);
    try {
      codes.push(await act(each));
    } catch (error) {
      printError(messageOf(error));
      codes.push(EXIT.failed);
    }
  }
  return Math.max(...codes);
}

/**
 * The other home whose state this one's hooks look at: they share a hooks file, or were given its
 * directory. Undefined where the state is its own.
 */
export function homeHeldOn(directory: StateDirectory, harness: Harness): string | undefined {
  const noted = homeOfDirectory(directory);
  const isOther = noted !== undefined && harness.home !== undefined &&
    unusual(noted) !== unusual(harness.home);
  return isOther ? noted : undefined;
}

/** Other homes that are the same account as this one. */
export function sameAccount(harness: Harness, homes: readonly string[]): string[] {
  const account = harness.account();
  if (account === undefined) return [];
  const place = unusual(harness.home);
  return homes.filter((home) => unusual(home) !== place && codexIn(home).account() === account);
}

/** A directory of ours; what stands in another user's is his word. */
function isOurs(path: string): boolean {
  try {
    const { isDirectory, uid } = Deno.statSync(path);
    return isDirectory && !isOthers(uid, Deno.uid());
  } catch {
    return false;
  }
}
