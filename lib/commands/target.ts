import { basename, resolve } from "@std/path";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { nameInPaths } from "../harness/callers.ts";
import { homesBeside } from "../harness/homes_beside.ts";
import type { Harness } from "../harness/harness.ts";
import { homeHere, unusual, usualHome } from "../harness/home.ts";
import type { HarnessKind, HarnessWithHomes } from "../harness/kind.ts";
import { kindNamed, KINDS } from "../harness/registry.ts";
import { homeOfDirectory, type KnownHome, knownHomes } from "../state/homes.ts";
import { stateDirectory } from "../state/location.ts";
import { isOthers } from "../state/owned.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { withoutHome } from "../text/without_home.ts";

/** The kind of harness that options are for. */
export function kindOf({ provider }: Options): HarnessKind {
  return kindNamed(provider);
}

/** The options for whose quota it is: those of another kind where this one uses that one's. */
export function ofQuota(options: Options): Options {
  const { quotaOf } = kindOf(options);
  if (quotaOf === undefined) return options;
  return { ...options, provider: providerOf(kindNamed(quotaOf)), home: undefined };
}

/** The home that options name, absolute, else the one that counts here; undefined where neither is known. */
export function homeOf(options: Options): string | undefined {
  const { home } = options;
  const { place } = kindOf(options);
  if (home === undefined) return place && homeHere(place);
  return resolve(home.replace(/^~(?=\/|$)/, Deno.env.get("HOME") || "~"));
}

/** The harness with that home. */
export function harnessOf(options: Options): Harness {
  return kindOf(options).with(homeOf(options));
}

/** A harness's home with its links resolved, unless it is the usual one: that is undefined. */
export function unusualHome({ id, home }: Pick<Harness, "id" | "home">): string | undefined {
  const { place } = kindNamed(id);
  return place && unusual(place, home);
}

/** Where the state is that options ask for; undefined where that is not known. */
export function directoryOf(asked: Options): string | undefined {
  const options = ofQuota(asked);
  const { id } = kindOf(options);
  const home = unusualHome({ id, home: homeOf(options) });
  return stateDirectory({ ...options, provider: nameInPaths(id), home }, Deno.env.get, Deno.cwd);
}

/** A home, and whose it is: what options name it. */
export interface NamedHome {
  /** Undefined for the harness that is meant where nobody names one. */
  readonly provider: string | undefined;
  /** Absolute. */
  readonly home: string;
}

/** All homes that are known: those with a state of their own, the usual one, and the one that counts here. */
export interface Homes {
  readonly live: readonly NamedHome[];
  readonly gone: readonly KnownHome[];
}

/** Looks which homes there are, of all harnesses. Starts nothing. */
export function allHomes(): Homes {
  const directory = stateDirectory({}, Deno.env.get, Deno.cwd);
  const known = directory === undefined ? [] : knownHomes(new StateDirectory(directory));
  return {
    live: KINDS.filter(({ quotaOf }) => quotaOf === undefined).flatMap((kind) => {
      const provider = providerOf(kind);
      const its = known.filter((each) => each.provider === provider);
      return homesAt(kind, its).map((home) => ({ provider, home }));
    }),
    gone: known.filter(({ isGone }) => isGone),
  };
}

/** The same, with those that have no state of their own, but our hooks. */
export function homesWithHooks(): Homes {
  const { live, gone } = allHomes();
  const hooked = homesThere().filter(({ provider, home }) =>
    mayHaveOurs(kindNamed(provider).with(home))
  );
  return { live: eachPlace([...live, ...hooked]), gone };
}

/** Each home once, whatever links lead to it. */
function eachPlace(homes: readonly NamedHome[]): NamedHome[] {
  const byPlace = Map.groupBy(homes, ({ provider, home }) => {
    const { id } = kindNamed(provider);
    return `${id} ${unusualHome({ id, home }) ?? ""}`;
  });
  return [...byPlace.values()].map(([each]) => each!);
}

/** Whether something in the hooks file that applies may be ours. */
function mayHaveOurs(harness: Harness): boolean {
  const path = harness.hooksPath();
  return path !== undefined && harness.mayHaveOurs(path);
}

/** What options name a kind by: nothing for the one that is meant where nobody names one. */
export function providerOf({ id }: Pick<HarnessKind, "id">): string | undefined {
  return nameInPaths(id);
}

/** The homes of a kind: of the one that is meant where nobody names one also before anything is known of them. */
function homesAt(kind: HarnessWithHomes, known: readonly KnownHome[]): string[] {
  const { place } = kind;
  const usual = usualHome(place);
  const live = known.flatMap(({ directory, home, isGone }) => {
    // An earlier version did not write it down, nor who had no such home yet.
    if (home === undefined) return usual && !basename(directory.path).includes("@") ? [usual] : [];
    return isGone || !isOurs(home) ? [] : [home];
  });
  const isMeant = providerOf(kind) === undefined;
  const here = [usual, homeHere(place)].filter((home) => home !== undefined).filter(isOurs)
    .filter((home) => isMeant || mayHaveOurs(kind.with(home)));
  const byPlace = new Map([...here, ...live].map((home) => [unusual(place, home) ?? "", home]));
  return [...byPlace.values()];
}

/**
 * The homes that are known, the ones that count here, and those beside a usual one that look like homes:
 * one may be new, or its state may have been removed by hand.
 */
export function homesThere(): NamedHome[] {
  const here = KINDS.flatMap((kind) =>
    [usualHome(kind.place), homeHere(kind.place), ...homesBeside(kind)]
      .filter((home) => home !== undefined).filter(isOurs)
      .map((home) => ({ provider: providerOf(kind), home }))
  );
  return eachPlace([...allHomes().live, ...here]);
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
    throw new Error("--all is for every home; leave out what names one of them");
  }
  const { live } = homes();
  if (live.length === 0) throw new Error("no home of an agent is known; nothing was done");
  return live.map((each) => ({ ...rest, ...each }));
}

/** Does something for each home that a command is for; what fails in one does not keep it from the others. */
export async function inEachHome(
  options: Options,
  act: (options: Options) => Promise<number>,
  each = (options: Options): Promise<Options[]> => Promise.resolve([options]),
  all = allHomes,
): Promise<number> {
  const codes: number[] = [];
  const homes = options.all ? forEachHome(options, all) : await each(options);
  for (const each of homes) {
    // What was named needs no name; what was chosen does, unless it is the usual one alone.
    const isNamed = homes.length === 1 && each.provider === options.provider;
    if (isNamed && !options.all) return await act(each);
    print(`${each.home === undefined ? harnessOf(each).name : withoutHome(each.home)}: `);
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
  if (kindNamed(harness.id).quotaOf !== undefined) return undefined;
  const noted = homeOfDirectory(directory);
  const isOther = noted !== undefined && harness.home !== undefined &&
    unusualHome({ id: harness.id, home: noted }) !== unusualHome(harness);
  return isOther ? noted : undefined;
}

/** Other homes of a harness that are the same account as this one. */
export function sameAccount(harness: Harness, homes: readonly NamedHome[]): string[] {
  const account = harness.account();
  if (account === undefined) return [];
  const kind = kindNamed(harness.id);
  const place = unusualHome(harness);
  return homes.filter(({ provider }) => kindNamed(provider).id === kind.id)
    .map(({ home }) => home)
    .filter((home) =>
      unusualHome({ id: kind.id, home }) !== place && kind.with(home).account() === account
    );
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
