import { existsSync } from "@std/fs/exists";
import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { CLOCK } from "../process/clock.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { isDeniable, waitName, type Wish } from "../state/requests.ts";
import { presentIn, type Waiting, waitingIn } from "../state/waiting.ts";
import { messageOf } from "../text/message_of.ts";
import { absolute, describe, named } from "./held_sessions.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { ownStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { whereHeld } from "./where_held.ts";

/** Who waits by himself looks every second, and then takes his leave; on a busy machine that lasts. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** What is said of one that was asked, and for what each wish is. */
const WORDS = {
  release: {
    done: "released",
    then: "it goes on, and is not held again before the next block",
    once: "it goes on; its next call is held again, since its session is not known",
    none: "nobody waits; nothing was released",
  },
  cancel: {
    done: "cancelled",
    then: "its call was denied; the next one is judged as usual",
    once: "its call was denied; the next one is judged as usual",
    none: "nobody waits; nothing was cancelled",
  },
} as const;

/** `release`: lets sessions that are held go on, once. */
export async function release(invocation: Invocation): Promise<number> {
  return await askWhereHeld("release", invocation);
}

/** `cancel`: ends the waits of sessions that are held with a denial. */
export async function cancel(invocation: Invocation): Promise<number> {
  return await askWhereHeld("cancel", invocation);
}

/** Asks in the state of each harness whose sessions are meant; most often that is one. */
async function askWhereHeld(wish: Wish, invocation: Invocation): Promise<number> {
  const places = await whereHeld(invocation);
  if (typeof places === "string") {
    printError(`${places}; nothing was done`);
    return EXIT.failed;
  }
  const codes: number[] = [];
  for (const place of places) codes.push(await ask(wish, { ...invocation, ...place }));
  return Math.max(...codes);
}

async function ask(wish: Wish, invocation: Invocation): Promise<number> {
  const options = await withHooksDirectory(invocation.options);
  const path = ownStateDirectory(options);
  const words = invocation.words.map(absolute);
  const problem = wrongWords(wish, words, options);
  if (problem !== undefined) {
    printError(`${problem}; nothing was done`);
    return EXIT.usage;
  }
  if (!existsSync(path)) return nobody(wish, words);
  const directory = await Deno.realPath(path);
  const code = await runInStateDirectory(directory, { ...invocation, options, words });
  if (code !== undefined) return code;

  const own = new OwnStateDirectory(directory);
  const all = await waitingIn(own);
  if (all.length === 0) return nobody(wish, words);
  const chosen = choose(all, words, options);
  if (typeof chosen === "string") {
    printError(`${chosen}; nothing was done`);
    return EXIT.failed;
  }
  const undeniable = wish === "cancel" ? chosen.find(({ step }) => !isDeniable(step)) : undefined;
  if (undeniable) {
    printError(`${whyNot(undeniable, all)}; nothing was done`);
    return EXIT.failed;
  }
  return await carryOut(wish, wish === "release" ? withTheirs(chosen, all) : chosen, all, own);
}

/** With all other waits of the same sessions: what lets a session pass is for each of them. */
function withTheirs(chosen: readonly Waiting[], all: readonly Waiting[]): readonly Waiting[] {
  const sessions = new Set(chosen.flatMap(({ session }) => session ?? []));
  return all.filter((each) =>
    chosen.includes(each) || (each.session !== undefined && sessions.has(each.session))
  );
}

/** Why a wait cannot end with a denial. */
function whyNot(waiting: Waiting, all: readonly Waiting[]): string {
  const who = describe(waiting, all);
  return waiting.step === undefined
    ? `it is not known what ${who} waits before, so a denial might let a request out`
    : `${who} waits before a request to the model, which no hook can deny: it would go out. ` +
      "End the turn there, with Esc or Ctrl-C, and the wait ends with it";
}

/** Nobody waits: who named somebody is told that he was wrong. */
function nobody(wish: Wish, words: readonly string[]): number {
  const { none } = WORDS[wish];
  if (words.length === 0) print(`${none}\n`);
  else printError(none);
  return words.length === 0 ? EXIT.ok : EXIT.failed;
}

function wrongWords(
  wish: Wish,
  words: readonly string[],
  { allHeld }: Options,
): string | undefined {
  if (allHeld && words.length > 0) return "--all is for every session; leave out those you named";
  if (wish === "cancel" && words.length === 0) {
    return "cancel takes the session whose wait is to end; quota-sentry holds lists them";
  }
  return undefined;
}

/** Those that are meant; a text says why that cannot be told. */
function choose(
  all: readonly Waiting[],
  words: readonly string[],
  { allHeld }: Options,
): readonly Waiting[] | string {
  if (allHeld) return all;
  if (words.length === 0) {
    const sessions = new Set(all.map(({ session, pid }) => session ?? pid));
    if (sessions.size === 1) return all;
    const list = all.map((each) => `${describe(each, all)} (pid ${each.pid})`).join(", ");
    return `${sessions.size} sessions wait; name one, or --all: ${list}`;
  }
  const chosen = new Set<Waiting>();
  for (const word of words) {
    const found = named(word, all);
    if (typeof found === "string") return found;
    for (const each of found) chosen.add(each);
  }
  return [...chosen];
}

async function carryOut(
  wish: Wish,
  chosen: readonly Waiting[],
  all: readonly Waiting[],
  own: OwnStateDirectory,
): Promise<number> {
  const { done } = WORDS[wish];
  try {
    await own.ask(wish, chosen);
  } catch (error) {
    const why = messageOf(error);
    printError(`${own.path} is not writable (${why}); those that are left wait on`);
    return EXIT.failed;
  }
  const log = own.log(CLOCK.now);
  for (const { session, pid, directory } of chosen) {
    const where = directory === undefined ? "" : `, in ${directory}`;
    log.write(`${done} by the user: session ${session ?? "not known"}, pid ${pid}${where}`);
  }
  const late = await untilGone(chosen, own);
  await own.removeAsked(wish, chosen.filter((each) => !late.includes(each)));
  for (const each of chosen) {
    if (late.includes(each)) continue;
    const then = each.session === undefined ? WORDS[wish].once : WORDS[wish].then;
    print(`${done}: ${describe(each, all)}; ${then}\n`);
  }
  for (const each of late) {
    printError(
      `asked, but not ${done} yet: ${describe(each, all)} (pid ${each.pid}) does not look; ` +
        "it hears of it when it does",
    );
  }
  return late.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Waits until they have heard; those that have not, when it has been long enough. */
async function untilGone(
  chosen: readonly Waiting[],
  own: OwnStateDirectory,
): Promise<readonly Waiting[]> {
  const end = CLOCK.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const present = new Set((await presentIn(own)).map(waitName));
    const late = chosen.filter((each) => present.has(waitName(each)));
    if (late.length === 0 || CLOCK.monotonicMs() >= end) return late;
    await CLOCK.delay(LOOK_EVERY_MS);
  }
}
