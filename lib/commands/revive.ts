import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { isLine, takesWords } from "../config/table.ts";
import { observe } from "../daemon/observe.ts";
import type { BroughtBack, Death } from "../harness/death.ts";
import type { Wall } from "../harness/wall.ts";
import { CLOCK } from "../process/clock.ts";
import { spawn, SpawnError } from "../process/spawn.ts";
import { bringBack, BUSY, note, takeOn } from "../revive/bring_back.ts";
import { type Fate, isForgotten, judge, notBack } from "../revive/judge.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { isOfDeath, readRevivals } from "../state/revivals.ts";
import { forUser } from "../text/for_user.ts";
import { localTime } from "../text/local_time.ts";
import { shellWord } from "../text/shell_word.ts";
import { shortId } from "../text/short_id.ts";
import { withoutHome } from "../text/without_home.ts";
import { localTimeAndZone } from "../text/zone.ts";
import { withRules } from "./rules.ts";
import { isSourceKnown, sourceOf, witnessesFor } from "./source.ts";
import {
  existingStateDirectory,
  runInStateDirectory,
  withHomeOf,
  withQuotaHomeOf,
} from "./state_directory.ts";
import { harnessOf, homeOf } from "./target.ts";

/** How long a command waits while other sessions are brought back, and how often it looks, in milliseconds. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 200;

/** What the command works with. */
interface Bench {
  readonly directory: OwnStateDirectory;
  readonly wall: Wall;
  readonly settings: Settings;
  readonly message: string;
  readonly options: Options;
  /** All that died; a session's name tells it from these. */
  readonly deaths: readonly Death[];
  /** How long the command may still wait for others that bring sessions back. */
  readonly patience: { leftMs: number };
}

/** `revive`: has sessions that stopped at the wall go on, or tells which there are. */
export async function revive(invocation: Invocation): Promise<number> {
  const asked = await withRules(invocation.options);
  if (!isSourceKnown(asked)) return EXIT.usage;
  const path = await existingStateDirectory(asked);
  const options = withHomeOf(path, asked);
  const code = await runInStateDirectory(path, { ...invocation, options });
  if (code !== undefined) return code;

  const { settings } = await loadSettings(settingsOf(options), homeOf(options));
  const message = options.message ?? settings.reviveMessage;
  if (!isLine(message)) {
    printError(`--message takes ${takesWords({ kind: "line" })}; nothing was done`);
    return EXIT.usage;
  }
  const { wall, ownWall, name } = harnessOf(options);
  if (ownWall !== undefined) throw new Error(`no session of ${name} is brought back: ${ownWall}`);
  if (!wall) throw new Error("HOME is not set, so it is not known where the sessions are");
  const directory = new OwnStateDirectory(path);
  const deaths = await wall.deaths(new Date());
  const patience = { leftMs: PATIENCE_MS };
  const bench = { directory, wall, settings, message, options, deaths, patience };
  const { words } = invocation;
  if (options.json && !options.list && (words.length > 0 || options.allSessions)) {
    printError("--json is for the list; nothing was done");
    return EXIT.usage;
  }
  const isList = options.list || (words.length === 0 && !options.allSessions);
  if (isList) return list(deaths.filter((death) => !isForgotten(death, new Date())), bench);
  const chosen = choose(deaths, words, options);
  if (typeof chosen === "string") {
    printError(chosen);
    return EXIT.failed;
  }
  return await reviveAll(chosen, bench);
}

/** The deaths that are meant; a text says why that cannot be told. */
function choose(
  deaths: readonly Death[],
  words: readonly string[],
  { allSessions, run }: Options,
): readonly Death[] | string {
  if (allSessions && words.length > 0) {
    return "--all is for every session; leave out those you named";
  }
  const chosen: Death[] = [];
  for (const word of words) {
    const found = deaths.filter(({ session }) => session.startsWith(word));
    if (found.length !== 1 || word.length < 4) {
      return found.length === 0
        ? `no session ${word} stopped at the wall, or somebody went on with it; nothing was done`
        : `more than one session is meant by ${word}; give more of its id. Nothing was done`;
    }
    chosen.push(found[0]!);
  }
  const meant = allSessions ? deaths.filter((death) => !isForgotten(death, new Date())) : chosen;
  if (run && (meant.length !== 1 || meant[0]!.place !== "run")) {
    return "--run goes on with one run, whose session is named; nothing was done";
  }
  return meant;
}

async function reviveAll(deaths: readonly Death[], bench: Bench): Promise<number> {
  if (deaths.length === 0) {
    print("no session stopped at the wall\n");
    return EXIT.ok;
  }
  const codes: number[] = [];
  // Those that have waited longest go on first.
  for (const death of deaths.toReversed()) {
    if (codes.length > 0) await CLOCK.delay(bench.settings.bounds.staggerSeconds * 1000);
    codes.push(await reviveOne(death, bench));
  }
  return Math.max(...codes);
}

async function reviveOne(death: Death, bench: Bench): Promise<number> {
  const { options, message, directory, wall } = bench;
  const name = nameOf(death, bench);
  if (death.place !== "terminal" && !options.run) {
    print(`${name}: ${howByHand(death, bench)}\n`);
    return EXIT.ok;
  }
  const notYet = () => {
    print(`${name}: not yet, nothing was done: ${whenBack(death)}\n`);
    return EXIT.notYet;
  };
  if (!await isBack(death, bench)) return notYet();
  const why = await whyNot(death, bench);
  if (why !== undefined) {
    print(`${name}: nothing was done: ${why}; ${howByHand(death, bench)}\n`);
    return EXIT.failed;
  }
  // It may have waited for somebody else, who has used up what was there.
  let isSpent = false;
  const whyNotNow = async () => {
    isSpent = !await isBack(death, bench);
    return isSpent ? "its quota is spent again" : await whyNot(death, bench);
  };
  const how = { directory, wall, clock: CLOCK, message, whyNot: whyNotNow };
  if (options.run) {
    const why = await inTurn(() => takeOn(death, how), (why) => why, bench);
    if (why === undefined) return await run(death, bench);
    if (isSpent) return notYet();
    print(`${name}: nothing was done: ${why}\n`);
    return EXIT.failed;
  }
  const whyOf = (outcome: BroughtBack) => outcome.kind === "not-done" ? outcome.why : undefined;
  const outcome = await inTurn(() => bringBack(death, how), whyOf, bench);
  if (isSpent) return notYet();
  // Where somebody has gone on with it, nobody else is to.
  const byHand = await wall.isStillDead(death) ? `; ${howByHand(death, bench)}` : "";
  print(`${name}: ${wordsFor(outcome, byHand)}\n`);
  return outcome.kind === "done" ? EXIT.ok : EXIT.failed;
}

/** Tries again while somebody else is at it, such as the daemon, which looks whether a session may go on. */
async function inTurn<T>(
  attempt: () => Promise<T>,
  whyOf: (outcome: T) => string | undefined,
  { patience }: Bench,
): Promise<T> {
  for (;;) {
    const outcome = await attempt();
    if (whyOf(outcome) !== BUSY || patience.leftMs <= 0) return outcome;
    patience.leftMs -= LOOK_EVERY_MS;
    await CLOCK.delay(LOOK_EVERY_MS);
  }
}

/** Why a session is not brought back with all others; who names one has decided for it. */
async function whyNot(death: Death, bench: Bench): Promise<string | undefined> {
  if (!bench.options.allSessions) return undefined;
  const fate = fateOf(death, bench);
  if (fate.kind === "tell") return fate.why;
  const noted = readRevivals(bench.directory).find((each) => isOfDeath(each, death));
  return await bench.wall.doubt(death, noted);
}

/** Goes on with a session here, in its directory. */
async function run(
  death: Death,
  { message, wall, directory: state }: Bench,
): Promise<number> {
  const { resume, directory } = death;
  const [program = "", ...args] = [...resume, message];
  try {
    const child = spawn(program, {
      args,
      cwd: directory,
      env: wall.environment,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
    const { code, signal } = await child.status;
    return signal === null ? code : EXIT.failed;
  } catch (error) {
    if (!(error instanceof SpawnError)) throw error;
    await note(death, state, CLOCK.now(), { outcome: "not-done", why: error.message });
    printError(error.message);
    return EXIT.failed;
  }
}

/** Asks whether the quota is back; what else speaks against it, a person has decided. */
async function isBack(death: Death, bench: Bench): Promise<boolean> {
  const { directory, settings } = bench;
  const isNow = () =>
    notBack(death, {
      state: directory.state(),
      resetBufferSeconds: settings.policy.resetBufferSeconds,
      now: new Date(),
    }) === undefined;
  if (isNow()) return true;
  const options = await withQuotaHomeOf(directory.path, bench.options);
  const source = sourceOf(settings.source, options, directory.path);
  if (!source) return false;
  await observe({
    directory,
    source,
    witnesses: witnessesFor(settings.source, options, directory.path),
    settings,
    nextReadingSeconds: settings.cadence.intervalSeconds,
    clock: CLOCK,
  });
  return isNow();
}

function whenBack({ resetsAt }: Death): string {
  const now = new Date();
  if (resetsAt && resetsAt > now) return `its quota resets at ${localTimeAndZone(resetsAt, now)}`;
  return "no reading confirms that its quota is back; quota-sentry status says what is known";
}

function wordsFor(outcome: BroughtBack, byHand: string): string {
  switch (outcome.kind) {
    case "done":
      return "it goes on, where it stands";
    case "pending":
      return `the message was sent, but it has not gone on yet: ${outcome.why}`;
    case "not-done":
      return `nothing was done: ${outcome.why}${byHand}`;
  }
}

/** What a person would type. */
function howByHand({ resume, directory, place }: Death, { message, wall }: Bench): string {
  if (place === "elsewhere") return "go on with it in the app that it was begun in";
  const variables = Object.entries(wall.environment).map(([name, value]) =>
    `${name}=${shellWord(value)}`
  );
  const words = [
    ...variables,
    ...(place === "run" ? [...resume, message] : resume).map(shellWord),
  ];
  // What moves a cursor is not for a terminal.
  if (/\p{C}/u.test(directory)) {
    return `go on with it in its directory, whose name cannot be shown: ${words.join(" ")}`;
  }
  return `cd ${shellWord(directory)} && ${words.join(" ")}`;
}

/** So much of a session's id as tells it from the others. */
function nameOf({ session }: Death, { deaths }: Bench): string {
  return shortId(session, deaths.map((death) => death.session));
}

function list(deaths: readonly Death[], bench: Bench): number {
  if (bench.options.json) {
    print(
      `${
        JSON.stringify(
          {
            schemaVersion: 1,
            stopped: deaths.map((each) => jsonOf(each, bench)),
          },
          null,
          2,
        )
      }\n`,
    );
    return EXIT.ok;
  }
  if (deaths.length === 0) print("no session stopped at the wall\n");
  for (const death of deaths) print(linesOf(death, bench).map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

function jsonOf(death: Death, bench: Bench): Record<string, unknown> {
  const { session, directory, place, diedAt, resetsAt, resume } = death;
  const fate = fateOf(death, bench);
  return {
    session,
    directory,
    place,
    diedAt: diedAt.toISOString(),
    resetsAt: resetsAt?.toISOString() ?? null,
    resume,
    fate: fate.kind,
    until: fate.kind === "wait" ? fate.until?.toISOString() ?? null : null,
    why: fate.kind === "ready" ? null : fate.why,
  };
}

const PLACES = { run: "a run", terminal: "in a terminal", elsewhere: "in an app" } as const;

/** What would become of it by itself. */
function fateOf(death: Death, { directory, settings }: Bench): Fate {
  return judge(death, {
    state: directory.state(),
    bounds: settings.bounds,
    resetBufferSeconds: settings.policy.resetBufferSeconds,
    revivals: readRevivals(directory),
    waiting: 0,
    now: new Date(),
  });
}

function linesOf(death: Death, bench: Bench): string[] {
  const { settings } = bench;
  const [now, fate] = [new Date(), fateOf(death, bench)];
  const isByItself = settings.revive === "auto" && death.place === "terminal";
  const by = isByItself ? "it goes on by itself" : "it can go on";
  const next = fate.kind === "ready"
    ? `${by} now`
    : fate.kind === "tell"
    ? fate.why
    : fate.until === undefined
    ? `${by} when that is confirmed: ${fate.why}`
    : `${by} from ${localTimeAndZone(fate.until, now)} on`;
  const where = forUser(withoutHome(death.directory));
  const how = death.place === "terminal"
    ? `quota-sentry revive ${nameOf(death, bench)}`
    : howByHand(death, bench);
  return [
    `${nameOf(death, bench)}  ${PLACES[death.place]}, ${where}, stopped at ${
      localTime(death.diedAt, now)
    }`,
    `  ${next}`,
    `  ${how}`,
  ];
}
