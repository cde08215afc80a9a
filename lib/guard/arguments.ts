import { readShared, SHARED, SHARED_NAMES, type SharedOptions } from "../config/shared.ts";
import { isName } from "../config/values.ts";

/** What a harness is about to do when it calls the guard, where that makes a difference. */
export type GuardedStep = "model" | "request" | "compact" | "tool";

/** What the guard was asked to do; the user's settings stand where nothing was. Times in seconds. */
export interface GuardOptions extends SharedOptions {
  stateDir?: string;
  stateOnly?: boolean;
  verbose?: boolean;
  noNotify?: boolean;
  startDaemon?: boolean;
  provider?: string;
  /** What is about to be done: a model request, which a harness may let nobody deny or may, or a tool call. */
  on?: GuardedStep;
  /** From the hook script: one look at this hold, or at `new`, instead of waiting; see `step.ts`. */
  hold?: string;
  /** From the hook script, when it cannot wait: the hold that is to go on here. */
  holdOn?: string;
}

const SWITCHES: Record<string, keyof GuardOptions> = {
  "--state-only": "stateOnly",
  "--verbose": "verbose",
  "--no-notify": "noNotify",
  "--start-daemon": "startDaemon",
};

const TEXTS: Record<string, keyof GuardOptions> = {
  "--state-dir": "stateDir",
  "--provider": "provider",
  "--on": "on",
  "--hold": "hold",
  "--hold-on": "holdOn",
};

/** The guard's arguments, read. */
export interface GuardArguments {
  readonly options: GuardOptions;
  /** Something was not understood; the command line's own parser says what. */
  readonly wrong: boolean;
}

/**
 * Reads the guard's arguments without an argument parser: it is on the hooks' hot path. It takes what
 * the command line's parser takes. What that one would refuse is left out, and the default stands: a
 * hook that has one wrong argument must guard, and start the daemon, all the same.
 */
export function parseGuardArguments(args: readonly string[]): GuardArguments {
  const options: Record<string, unknown> = {};
  let wrong = false;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    const flag = ownValue(SWITCHES, argument);
    if (flag) {
      options[flag] = true;
      continue;
    }
    const equals = argument.indexOf("=");
    const name = equals === -1 ? argument : argument.slice(0, equals);
    const setting = SHARED_NAMES.find((each) => name === `--${SHARED[each].flag}`);
    const text = ownValue(TEXTS, name);
    if (!setting && !text) {
      wrong = true;
      continue;
    }
    // An option behind it is not its value.
    const isBehind = equals === -1 && args[index + 1]?.startsWith("-") === false;
    const value = isBehind ? args[++index]! : equals === -1 ? "" : argument.slice(equals + 1);
    const read = setting ? readShared(setting, value) : isRight(text!, value) ? value : undefined;
    options[setting ?? text!] = read;
    wrong ||= read === undefined;
  }
  return { options, wrong };
}

/** True for the word of a step that hooks are called on. */
export function isGuardedStep(word: string): word is GuardedStep {
  return /^(model|request|compact|tool)$/.test(word);
}

/** True for a text that can be used; the default stands for any other. */
function isRight(name: keyof GuardOptions, text: string): boolean {
  return name === "on" ? isGuardedStep(text) : name === "provider" ? isName(text) : text !== "";
}

function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
