import { BOUNDS, isName, isSourceName, readNumber } from "../config/values.ts";

/** What a harness is about to do when it calls the guard, where that makes a difference. */
export type GuardedStep = "model" | "compact" | "tool";

/** What the guard was asked to do; the user's settings stand where nothing was. Times in seconds. */
export interface GuardOptions {
  stateDir?: string;
  thresholdPercent?: number;
  resetBufferSeconds?: number;
  intervalSeconds?: number;
  maxStateAgeSeconds?: number;
  stateOnly?: boolean;
  verbose?: boolean;
  noNotify?: boolean;
  startDaemon?: boolean;
  source?: string;
  provider?: string;
  /** What is about to be done: a model request, a compaction (one too), or a tool call. */
  on?: GuardedStep;
  /** From the hook script: one look at this hold, or at `new`, instead of waiting; see `step.ts`. */
  hold?: string;
  /** From the hook script, when it cannot wait: the hold that is to go on here. */
  holdOn?: string;
}

const SWITCHES: Record<string, "stateOnly" | "verbose" | "noNotify" | "startDaemon"> = {
  "--state-only": "stateOnly",
  "--verbose": "verbose",
  "--no-notify": "noNotify",
  "--start-daemon": "startDaemon",
};

const NUMBERS: Record<string, keyof typeof BOUNDS> = {
  "--threshold-percent": "thresholdPercent",
  "--reset-buffer-seconds": "resetBufferSeconds",
  "--interval-seconds": "intervalSeconds",
  "--max-state-age-seconds": "maxStateAgeSeconds",
};

type TextOption = "stateDir" | "source" | "provider" | "hold" | "holdOn" | "on";

const TEXTS: Record<string, TextOption> = {
  "--state-dir": "stateDir",
  "--provider": "provider",
  "--source": "source",
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
  const options: GuardOptions = {};
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
    const number = ownValue(NUMBERS, name);
    const text = ownValue(TEXTS, name);
    if (!number && !text) {
      wrong = true;
      continue;
    }
    // An option behind it is not its value.
    const isBehind = equals === -1 && args[index + 1]?.startsWith("-") === false;
    const value = isBehind ? args[++index]! : equals === -1 ? "" : argument.slice(equals + 1);
    const isRight = number
      ? (options[number] = readNumber(value, BOUNDS[number])) !== undefined
      : setText(options, text!, value);
    wrong ||= !isRight;
  }
  return { options, wrong };
}

/** True for the word of a step that hooks are called on. */
export function isGuardedStep(word: string): word is GuardedStep {
  return word === "model" || word === "compact" || word === "tool";
}

/** Takes a text over where it can be used; the default stands where not. */
function setText(options: GuardOptions, name: TextOption, value: string): boolean {
  if (name === "on") {
    options.on = isGuardedStep(value) ? value : undefined;
  } else {
    const isRight = name === "source"
      ? isSourceName(value)
      : name === "provider"
      ? isName(value)
      : value !== "";
    options[name] = isRight ? value : undefined;
  }
  return options[name] !== undefined;
}

function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
