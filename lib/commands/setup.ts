import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import { PLACE } from "../harness/codex/home.ts";
import { homeHere, unusual } from "../harness/home.ts";
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
import { isGone } from "../state/homes.ts";
import { outputOf } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { forUser } from "../text/for_user.ts";
import { shellQuote } from "../text/shell_quote.ts";
import { withoutHome } from "../text/without_home.ts";
import { config } from "./config.ts";
import { installService, mayInstallService } from "./service.ts";
import { hasHooks, setUpHome, tellPlan } from "./setup_home.ts";
import { status } from "./status.ts";
import { homeOf, homesThere } from "./target.ts";

/** Version of the JSON that `--json` prints. Keys are only ever added. */
const SCHEMA_VERSION = 1;

const ROOT = 0;

/** What an end by Ctrl-C adds to the exit code. */
const SIGINT = 2;

const WEEKLY = "windows.weekly";

/** Nothing is here that could be protected. */
const NOTHING: Missing = {
  text: "Codex was not found: there is no codex on PATH, and no ~/.codex",
  todo: "install Codex, run: codex login, then run: quota-sentry setup",
};

/** What was found on this machine. */
interface Found {
  readonly hasCodexbar: boolean;
  readonly hasCodex: boolean;
  /** Codex homes, absolute. */
  readonly homes: readonly string[];
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
  const found = await find(options);
  say(foundLine(found));
  if (found.homes.length === 0) return end(invocation, [], [NOTHING], false, say);
  if (options.showOnly) return await showPlan(found, say);

  const answers = await answersFor(found, options);
  if (answers === undefined) {
    printError("nothing was changed");
    return EXIT.signalled + SIGINT;
  }
  const haveSettings = await apply(answers, invocation, say);
  const setups: HomeSetup[] = [];
  for (const home of answers.homes.map((index) => found.homes[index]!)) {
    say(`${forUser(withoutHome(home))}:`);
    setups.push(await setUpHome(home, found.hasCodex, say));
  }
  if (!options.json) await showQuota(invocation, setups, say);
  const several = setups.length > 1;
  const missing = setups.flatMap((each) =>
    missingIn(each, found, loginFor(each.home)).map(({ text, todo }) => ({
      text: several ? `${forUser(withoutHome(each.home))}: ${text}` : text,
      todo,
    }))
  );
  return end(invocation, setups, missing, haveSettings || setups.some(hasChanged), say);
}

async function find(options: Options): Promise<Found> {
  const hasCodex = await findOnPath("codex") !== undefined;
  return {
    hasCodexbar: await findOnPath("codexbar") !== undefined,
    hasCodex,
    homes: homesFor(options, hasCodex),
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
 * The home that is named, else all that there are; where there is none yet, the one that Codex will make.
 *
 * @throws When the one that is named is not there, or nobody can tell where to look.
 */
function homesFor(options: Options, hasCodex: boolean): string[] {
  const here = homeOf(options);
  if (options.home !== undefined) {
    if (isGone(here!)) throw new Error(`there is no ${here}; nothing was done`);
    return [here!];
  }
  const homes = homesThere().filter(({ provider }) => provider === undefined)
    .map(({ home }) => home);
  if (homes.length > 0) return homes;
  if (here === undefined) {
    throw new Error("HOME is not set, so it is not known where Codex's home is; nothing was done");
  }
  return hasCodex ? [here] : [];
}

function foundLine({ homes, ...tools }: Found): string {
  const isThere = (has: boolean) => has ? "is on PATH" : "is not on PATH";
  const names = homes.map((home) => forUser(withoutHome(home))).join(", ");
  return `codex ${isThere(tools.hasCodex)}; codexbar ${isThere(tools.hasCodexbar)}; ` +
    (homes.length === 0 ? "there is no Codex home." : `Codex homes: ${names}.`);
}

async function showPlan({ homes, hasCodex }: Found, say: Say): Promise<number> {
  let isFree = true;
  for (const home of homes) {
    say(`${forUser(withoutHome(home))}:`);
    if (!await tellPlan(home, hasCodex, say)) isFree = false;
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
  const questions: Questions = {
    homes: found.homes.map((home) => forUser(withoutHome(home))),
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
  const options = guarded.length > 1 ? { all: true } : { home: guarded[0]!.home };
  await status({ ...invocation, options });
  say("");
}

/** The command with which somebody signs in to a home. */
function loginFor(home: string): string {
  return unusual(PLACE, home) === unusual(PLACE, homeHere(PLACE))
    ? "codex login"
    : `CODEX_HOME=${shellQuote(home)} codex login`;
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
    const homes = setups.map(({ home, hooks, daemon, checks, coverage }) => ({
      home,
      hooks: hooks.kind === "done" ? { installed: true, lines: hooks.lines } : { installed: false },
      daemon: daemon === undefined ? null : { running: daemon.kind !== "failed" },
      checks,
      requests: coverage ?? null,
    }));
    const head = { schemaVersion: SCHEMA_VERSION, version: VERSION };
    const json = { ...head, protected: isProtected, changed: isChanged, missing, homes };
    print(`${JSON.stringify(json, null, 2)}\n`);
  }
  if (isProtected && !isChanged) say("Nothing to do: all of it is in place.");
  if (isProtected) {
    say("You are protected.");
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
