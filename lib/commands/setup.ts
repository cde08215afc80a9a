import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { isWatched } from "../daemon/start_outcome.ts";
import { loadSettings } from "../config/load.ts";
import type { QuotaStanding } from "../doctor/doctor.ts";
import { namesIn } from "../files/names_in.ts";
import type { Harness } from "../harness/harness.ts";
import { homeHere } from "../harness/home.ts";
import type { HarnessWithHomes } from "../harness/kind.ts";
import { KINDS } from "../harness/registry.ts";
import { findOnPath } from "../process/program_path.ts";
import { VERSION } from "../process/version.ts";
import { type Answers, type Questions, usualAnswers } from "../setup/answers.ts";
import {
  hasChanged,
  type HomeSetup,
  isGuarded,
  type Missing,
  missingIn,
} from "../setup/home_setup.ts";
import { notFound } from "../setup/not_found.ts";
import { isGone } from "../state/homes.ts";
import { outputOf } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { forUser } from "../text/for_user.ts";
import { withoutHome } from "../text/without_home.ts";
import { config } from "./config.ts";
import { ALL, KIND_WORDS } from "./kind_words.ts";
import { installService, mayInstallService } from "./service.ts";
import { hasHooks, setUpHome, tellPlan } from "./setup_home.ts";
import { status } from "./status.ts";
import { homeOf, homesThere, type NamedHome, providerOf } from "./target.ts";

/** Version of the JSON that `--json` prints. Keys are only ever added. */
const SCHEMA_VERSION = 1;

const ROOT = 0;

/** What an end by Ctrl-C adds to the exit code. */
const SIGINT = 2;

const WEEKLY = "windows.weekly";

/** A home of a harness that is here. */
interface FoundHome extends NamedHome {
  readonly harness: Harness;
  /** The harness's program is on PATH. */
  readonly hasProgram: boolean;
}

/** What was found on this machine. */
interface Found {
  readonly hasCodexbar: boolean;
  /** The harnesses that were looked for. */
  readonly kinds: readonly HarnessWithHomes[];
  readonly homes: readonly FoundHome[];
}

/** Takes a line for people. */
type Say = (line: string) => void;

/** `setup`: all that protection takes, in every home. */
export async function setup(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (options.json && options.showOnly) {
    printError("setup takes --dry-run or --json, not both");
    return EXIT.usage;
  }
  const output = outputOf();
  const say: Say = (line) => {
    if (!options.json) print(laidOut(line, output).map((each) => `${each}\n`).join(""));
  };
  refuseForAnother();
  const found = await find(invocation);
  const { homes, hasCodexbar } = found;
  say(foundLine(found));
  if (homes.length === 0) return end(invocation, [], [notFound(found.kinds)], false, say);
  if (options.showOnly) return await showPlan(homes, say);

  const answers = await answersFor(found, options);
  if (answers === undefined) {
    printError("nothing was changed");
    return EXIT.signalled + SIGINT;
  }
  const haveSettings = await apply(answers, invocation, say);
  const nameOf = namesFor(homes);
  const setups: HomeSetup[] = [];
  for (const home of answers.homes.map((index) => homes[index]!)) {
    say(`${nameOf(home)}:`);
    setups.push(await setUpHome(home, home.hasProgram, say));
  }
  if (!options.json) await showQuota(invocation, setups, say);
  const several = setups.length > 1;
  const missing = setups.flatMap((each) =>
    missingIn(each, hasCodexbar).map(({ text, todo }) => ({
      text: several ? `${nameOf(each)}: ${text}` : text,
      todo,
    }))
  );
  return end(invocation, setups, missing, haveSettings || setups.some(hasChanged), say);
}

/** A home, and whose it is. */
interface Named {
  readonly home: string;
  readonly harness: Pick<Harness, "name">;
}

/** What homes are called: the harness's name is said where there are several. */
function namesFor(
  homes: readonly FoundHome[],
): (home: Named) => string {
  const isOne = new Set(homes.map(({ provider }) => provider)).size === 1;
  return ({ home, harness }) => {
    const path = forUser(withoutHome(home));
    return isOne ? path : `${harness.name}, ${path}`;
  };
}

/**
 * Root in somebody's home, as `sudo` may have it, would leave files there that are root's: the owner's
 * sessions could not use them, nor Codex its own.
 *
 * @throws Where that is so.
 */
function refuseForAnother(): void {
  const home = Deno.env.get("HOME");
  if (!home || Deno.uid() !== ROOT || isGone(home)) return;
  const { uid } = Deno.statSync(home);
  if (uid === null || uid === ROOT) return;
  throw new Error(
    `this runs as root, and ${home} belongs to another user, whose sessions could not use what it ` +
      "writes; nothing was changed; run it as that user, without sudo",
  );
}

/**
 * Which harnesses are here, and their homes: the home that is named, else all that there are; for a
 * harness that is on PATH and has none yet, the one that it will make.
 *
 * @throws When what is named is not there, or nobody can tell where to look.
 */
async function find({ options, words: [word, ...more] }: Invocation): Promise<Found> {
  const named = options.home === undefined ? undefined : homeOf(options)!;
  if (named !== undefined && isGone(named)) {
    throw new Error(`there is no ${named}; nothing was done`);
  }
  const kinds = KINDS.filter(({ id }) => word === undefined || word === ALL || word === id);
  if (kinds.length === 0 || more.length > 0) {
    throw new Error(`one of ${Object.keys(KIND_WORDS).join(", ")} may be named; nothing was done`);
  }
  const there = homesThere();
  const whose = named === undefined ? kinds : [kindAt(named, kinds, there)];
  const homes = await Promise.all(whose.map(async (kind) => {
    const provider = providerOf(kind);
    const hasProgram = await findOnPath(kind.with(undefined).program) !== undefined;
    const its = there.filter((each) => each.provider === provider).map(({ home }) => home)
      .filter((home) => hasProgram || isHomeOf(kind, home));
    const here = hasProgram ? homeHere(kind.place) : undefined;
    const all = named !== undefined
      ? [named]
      : its.length === 0 && here !== undefined
      ? [here]
      : its;
    return all.map((home) => ({ provider, home, harness: kind.with(home), hasProgram }));
  }));
  if (homes.flat().length === 0 && kinds.every(({ place }) => homeHere(place) === undefined)) {
    throw new Error(
      "HOME is not set, so it is not known where agents have their homes; nothing was done",
    );
  }
  return { hasCodexbar: await findOnPath("codexbar") !== undefined, kinds, homes: homes.flat() };
}

/** Whose home that is: of one that is known, or has most of what it puts into its homes. */
function kindAt(
  home: string,
  kinds: readonly HarnessWithHomes[],
  there: readonly NamedHome[],
): HarnessWithHomes {
  const known = there.find((each) => each.home === home);
  const marksOf = ({ marks }: HarnessWithHomes) =>
    namesIn(home).filter((name) => marks.includes(name)).length;
  return kinds.find((kind) => known !== undefined && providerOf(kind) === known.provider) ??
    kinds.toSorted((a, b) => marksOf(b) - marksOf(a))[0]!;
}

/** A directory of that name alone is not one: other programs make it, too. */
function isHomeOf({ marks }: HarnessWithHomes, home: string): boolean {
  return namesIn(home).some((name) => marks.includes(name));
}

function foundLine({ kinds, homes, hasCodexbar }: Found): string {
  const isThere = (program: string, has: boolean) => `${program} is ${has ? "" : "not "}on PATH`;
  const found = kinds.flatMap((kind) => {
    const its = homes.filter(({ provider }) => provider === providerOf(kind));
    return its.length === 0 ? [] : [{ ...its[0]!, its }];
  });
  const shown = found.length > 0
    ? found.map(({ harness, hasProgram }) => isThere(harness.program, hasProgram))
    : kinds.map((kind) => isThere(kind.with(undefined).program, false));
  const homeLists = found.map(({ harness, its }) =>
    `${harness.name} homes: ${its.map(({ home }) => forUser(withoutHome(home))).join(", ")}`
  );
  return [...shown, isThere("codexbar", hasCodexbar), ...homeLists].join("; ") + ".";
}

async function showPlan(homes: readonly FoundHome[], say: Say): Promise<number> {
  const nameOf = namesFor(homes);
  let isFree = true;
  for (const home of homes) {
    say(`${nameOf(home)}:`);
    if (!await tellPlan(home, home.hasProgram, say)) isFree = false;
  }
  say("Nothing was changed.");
  return isFree ? EXIT.ok : EXIT.failed;
}

/**
 * Asks who is there to be asked, at a first time; else it is what is usual.
 *
 * @returns undefined when the user has had enough.
 */
async function answersFor(found: Found, options: Options): Promise<Answers | undefined> {
  const { list } = await loadSettings({}, homeOf({}));
  const mode = list.find(({ key }) => key === `${WEEKLY}.mode`);
  const percent = list.find(({ key }) => key === `${WEEKLY}.thresholdPercent`);
  const names = new Set(found.homes.map(({ harness }) => harness.name));
  const questions: Questions = {
    homes: found.homes.map(namesFor(found.homes)),
    whose: names.size === 1 ? [...names][0] : undefined,
    asksWeekly: mode?.origin === "default",
    weeklyPercent: Number(percent?.value),
    asksLogin: await mayInstallService(),
  };
  const isFirst = !(await Promise.all(found.homes.map(hasHooks))).every(Boolean);
  const isAsked = isFirst && !options.yes && !options.json &&
    Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  if (!isAsked) return usualAnswers(questions);
  // Nobody else needs the library.
  const { ask } = await import("../setup/questions.ts");
  return await ask(questions, outputOf(), print);
}

/** Does what was answered; true where that is anything. */
async function apply(answers: Answers, invocation: Invocation, say: Say): Promise<boolean> {
  let isAny = false;
  if (answers.holdsWeekly) {
    const words = ["set", `${WEEKLY}.mode`, "hold"];
    if (await config({ ...invocation, options: {}, words }) === EXIT.ok) {
      say(`${WEEKLY}.mode = hold is set.`);
      isAny = true;
    }
  }
  if (answers.startsAtLogin && await installService() === EXIT.ok) isAny = true;
  return isAny;
}

/** As `status` does. */
async function showQuota(
  invocation: Invocation,
  setups: readonly HomeSetup[],
  say: Say,
): Promise<void> {
  const guarded = setups.filter(({ daemon }) => daemon !== undefined);
  if (guarded.length === 0) return;
  say("");
  const [{ home, harness }] = guarded as [HomeSetup];
  const options = guarded.length > 1 ? { all: true } : { provider: providerOf(harness), home };
  await status({ ...invocation, options });
  say("");
}

function end(
  { options }: Invocation,
  setups: readonly HomeSetup[],
  missing: readonly Missing[],
  isChanged: boolean,
  say: Say,
): number {
  const isProtected = missing.length === 0;
  if (options.json) {
    const homes = setups.map(({ harness, home, hooks, daemon, checks, quota, coverage }) => ({
      provider: harness.id,
      home,
      hooks: hooks.kind === "done" ? { installed: true, lines: hooks.lines } : { installed: false },
      daemon: daemon === undefined ? null : { running: isWatched(daemon) },
      checks,
      quota: quota ?? null,
      requests: coverage ?? null,
    }));
    const head = { schemaVersion: SCHEMA_VERSION, version: VERSION };
    const json = { ...head, protected: isProtected, changed: isChanged, missing, homes };
    print(`${JSON.stringify(json, null, 2)}\n`);
  }
  if (isProtected && !isChanged) say("Nothing to do: all of it is in place.");
  if (isProtected) {
    tellProtection(setups, say);
    return EXIT.ok;
  }
  say(
    setups.length > 0 && setups.every(isGuarded)
      ? "You are protected, but not everywhere. What is missing:"
      : "You are NOT protected yet. What is missing:",
  );
  for (const { text, todo } of missing) {
    say(`  ${text}`);
    say(`    → ${todo}`);
  }
  return EXIT.failed;
}

/** What is so where nothing is missing: what is not known yet, or is not there, is no fault. */
function tellProtection(setups: readonly HomeSetup[], say: Say): void {
  const namesOf = (standing: QuotaStanding) =>
    [
      ...new Set(
        setups.filter(({ quota }) => quota === standing).map(({ harness }) => harness.name),
      ),
    ]
      .join(" and ");
  const [awaited, none] = [namesOf("awaited"), namesOf("none")];
  if (awaited !== "") say(`${awaited}: held from the first reading of the quota on.`);
  if (none !== "") {
    say(
      `${none}: there is no quota that could run out (an API key, or a plan without windows), ` +
        "so nothing is held.",
    );
  }
  const isAny = setups.some(({ quota }) => quota !== "none");
  say(isAny ? "You are protected." : "There is nothing to protect.");
}
