/** What a harness is about to do when it calls the guard, where that makes a difference. */
export type GuardedStep = "model" | "compact" | "tool";

/** What the guard was asked to do; the user's settings stand where nothing was. Times in seconds. */
export interface GuardOptions {
  stateDir?: string;
  thresholdPercent?: number;
  resetBufferSeconds?: number;
  intervalSeconds?: number;
  maxStateAgeSeconds?: number;
  stateOnly: boolean;
  verbose: boolean;
  noNotify: boolean;
  startDaemon: boolean;
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

type NumberOption =
  | "thresholdPercent"
  | "resetBufferSeconds"
  | "intervalSeconds"
  | "maxStateAgeSeconds";

const NUMBERS: Record<string, NumberOption> = {
  "--threshold-percent": "thresholdPercent",
  "--reset-buffer-seconds": "resetBufferSeconds",
  "--interval-seconds": "intervalSeconds",
  "--max-state-age-seconds": "maxStateAgeSeconds",
};

const TEXTS: Record<string, "stateDir" | "source" | "provider" | "hold" | "holdOn"> = {
  "--state-dir": "stateDir",
  "--provider": "provider",
  "--source": "source",
  "--hold": "hold",
  "--hold-on": "holdOn",
};

/**
 * Reads the guard's arguments without an argument parser: it is on the hooks' hot path.
 *
 * @returns undefined for anything that is not plainly right; the command line's own parser then says
 * what is wrong.
 */
export function parseGuardArguments(args: readonly string[]): GuardOptions | undefined {
  const options: GuardOptions = {
    stateOnly: false,
    verbose: false,
    noNotify: false,
    startDaemon: false,
  };
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    const flag = SWITCHES[argument];
    if (flag) {
      options[flag] = true;
      continue;
    }
    const equals = argument.indexOf("=");
    const name = equals === -1 ? argument : argument.slice(0, equals);
    const value = equals === -1 ? args[++index] : argument.slice(equals + 1);
    if (!value) return undefined;
    const number = NUMBERS[name];
    const text = TEXTS[name];
    if (name === "--on" && isGuardedStep(value)) {
      options.on = value;
      continue;
    }
    if (number) {
      const parsed = Number(value);
      if (!(parsed >= 0)) return undefined;
      options[number] = parsed;
    } else if (text) {
      options[text] = value;
    } else {
      return undefined;
    }
  }
  return options;
}

/** True for the word of a step that hooks are called on. */
export function isGuardedStep(word: string): word is GuardedStep {
  return word === "model" || word === "compact" || word === "tool";
}
