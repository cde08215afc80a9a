import type { MakeFollower } from "../quota/follower.ts";
import type { DatedReading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import type { Runs } from "./runs.ts";
import type { SignedIn } from "./signed_in.ts";
import type { Wall } from "./wall.ts";

/** What the hooks are to call. */
export interface HookProgram {
  /** Absolute path of the program. */
  readonly path: string;
  /**
   * The state directory that a script in front of the program looks at, absolute; undefined for hooks
   * that call the program itself.
   */
  readonly stateDirectory?: string;
  /** Arguments for `start`, behind its own. */
  readonly startArguments: readonly string[];
  /** Arguments for a guard that may read the quota itself. */
  readonly guardArguments: readonly string[];
  /** Arguments for a guard that uses the state as it is. */
  readonly stateOnlyArguments: readonly string[];
}

/** What came of installing or uninstalling; the lines are for the user. */
export type HookOutcome =
  | {
    readonly kind: "done";
    readonly lines: readonly string[];
    /** False when all was as it should be. */
    readonly hasChanged: boolean;
  }
  /** Nothing has changed, or everything was put back; the message says where it was not. */
  | { readonly kind: "failed"; readonly message: string };

/** All that a harness may say of a hook. */
export const STANDINGS = ["trusted", "untrusted", "disabled", "unlisted", "unknown"] as const;

/**
 * What a harness says of a hook: it runs it; it skips it, for want of trust or because the user has
 * switched it off; it is too old to know the event; or it could not be asked.
 */
export type Standing = (typeof STANDINGS)[number];

/** One hook of ours as it is installed. */
export interface InstalledHook {
  /** The harness's name for what it is called on. */
  readonly event: string;
  /** The program behind the hook, and its arguments; undefined when only a shell can tell. */
  readonly words: readonly string[] | undefined;
  /** False when this version would write it differently. */
  readonly isAsWritten: boolean;
  readonly standing: Standing;
}

/** What a hook of ours calls, as its file has it. */
export interface HookCall {
  readonly event: string;
  /** Absolute path of what the harness starts; empty where only a shell can tell. */
  readonly called: string;
  /** The program behind it: the same where no script stands in front of it. */
  readonly program: string;
  /** The command and its options. */
  readonly args: readonly string[];
  /** Where the script looks; undefined without one. */
  readonly stateDirectory: string | undefined;
}

/** A set of settings that a harness can be started with, beside its usual ones. */
export interface Profile {
  readonly name: string;
  /** Its text switches hooks off, as far as that can be seen. */
  readonly isHookless: boolean;
}

/** What of ours has sessions tell their quota, in a harness that nobody can ask for it. */
export interface Teller {
  /** What users call it. */
  readonly name: string;
  /** Why it tells nothing, in one line; undefined where it is in place, and a session will tell. */
  readonly problem: string | undefined;
  /** What to do about that; where it is in place, what to do to be told. */
  readonly todo: string;
}

/** What is installed, and what the harness says of it. */
export type HookReport =
  | {
    readonly kind: "read";
    readonly hooks: readonly InstalledHook[];
    /** Events that this version has a hook for as well; empty when there are no hooks at all. */
    readonly missing: readonly string[];
    /** The harness's version; undefined when it could not be asked, or does not tell. */
    readonly version: string | undefined;
    /** Why the harness runs no hook at all, in one line; undefined where it does, or does not say. */
    readonly problem: string | undefined;
    /** What this version of the harness lets nobody gate, in one line; undefined for nothing. */
    readonly limit: string | undefined;
    /** Undefined where its quota can be asked for, or there are no hooks. */
    readonly teller?: Teller;
  }
  | { readonly kind: "failed"; readonly message: string };

/** A kind of request that a harness makes, and what of ours stands before it. */
export interface RequestKind {
  readonly name: string;
  /** Events, each of which holds it, the first one first; empty for what no hook stands before. */
  readonly gates: readonly string[];
  /** What a user may want to know. */
  readonly note?: string;
  /** Why nothing else does instead, where it is not held. */
  readonly otherwise?: string;
}

/** A coding agent that calls hooks, with one of its homes. Whatever is specific to it stays behind this. */
export interface Harness {
  /** The directory in which it keeps what is one account's; undefined where that is not known. */
  readonly home: string | undefined;
  /** The name by which options, hooks and codexbar know it. */
  readonly id: string;
  /** The name that users know. */
  readonly name: string;
  /** Its name on PATH. */
  readonly program: string;
  /** How its quota is known where codexbar is not there, in words that follow on from that. */
  readonly withoutCodexbar: string;
  /** What cannot be done where its program is not there, in words that follow on from that. */
  readonly withoutProgram: string;
  /** It runs no hook before it was asked to trust it, which takes its program. */
  readonly asksTrust: boolean;
  /** Programs by which its quota can be known, beside codexbar. */
  readonly quotaPrograms: readonly string[];
  /** The command that signs somebody in to this home; undefined where that is not known. */
  login(): string | undefined;
  /** What a program gets in its environment that is to have this home; nothing where it has it anyway. */
  readonly environment: Readonly<Record<string, string>>;
  /** All that it asks a model for, and what else the hooks stand before. */
  readonly requests: readonly RequestKind[];
  /** The first version that knows an event; undefined for those that all know. */
  firstVersionWith(event: string): string | undefined;
  /** The file in which it keeps which hooks are trusted; undefined without a home directory. */
  trustPath(): string | undefined;
  /** The hooks file that applies where the user names none; undefined without a home directory. */
  hooksPath(): string | undefined;
  install(hooksPath: string, program: HookProgram): Promise<HookOutcome>;
  uninstall(hooksPath: string): Promise<HookOutcome>;
  /** Tells what is installed; changes nothing. */
  inspect(hooksPath: string): Promise<HookReport>;
  /**
   * The events that this version has a hook for, and a hooks file with hooks of ours has not. Is quick, but
   * where some are missing that not every version of the harness bears.
   */
  missingEvents(hooksPath: string): Promise<readonly string[]>;
  /** Another home that uses the same hooks file, by a link; undefined for one that is this home's alone. */
  sharesHooksWith(hooksPath: string): Promise<string | undefined>;
  /**
   * Whether a hooks file has something of ours, of whatever version; one that cannot be understood may have.
   * Asks nobody, and is quick.
   */
  mayHaveOurs(hooksPath: string): boolean;
  /** What the hooks call that this program has installed. Asks nobody, and is quick. */
  calls(hooksPath: string): Promise<readonly HookCall[]>;
  /** What codexbar is given beside its name, to be asked for its quota. */
  readonly codexbarArguments: readonly string[];
  /** Sessions of this home that died at the wall; undefined where none do, or it is not known where. */
  readonly wall: Wall | undefined;
  /** What becomes of sessions at the wall where the harness itself sees to it; undefined where it does not. */
  readonly ownWall: string | undefined;
  /** Its runs that have no terminal; undefined where nobody could go on with one. */
  readonly runs: Runs | undefined;
  /**
   * What its sessions have written down of the quota in the last weeks, in no order; bounded, and slow
   * so that nobody notices. Empty where nothing is written down.
   *
   * @param signal Gives up, with what was found until then.
   */
  pastReadings(now: Date, signal: AbortSignal): Promise<readonly DatedReading[]>;
  /** Whom to ask for its quota, beside codexbar, in order. The directory is that of this home's state. */
  sources(directory: StateDirectory): readonly QuotaSource[];
  /** Makes what tells its readings as they happen; undefined where nothing does. */
  follow(directory: StateDirectory): MakeFollower | undefined;
  /**
   * Who is signed in, as far as that can be seen. Starts nothing.
   *
   * @param directory That of this home's state.
   */
  signedIn(directory: StateDirectory): SignedIn;
  /** What tells its account from others, in memory alone; undefined where nobody is signed in. */
  account(): string | undefined;
  /** The profiles that {@linkcode inspect} does not look at; empty where there are none. */
  profiles(): Promise<readonly Profile[]>;
}
