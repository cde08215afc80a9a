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
  | { readonly kind: "done"; readonly lines: readonly string[] }
  /** Nothing has changed, or everything was put back. */
  | { readonly kind: "failed"; readonly message: string };

/** One hook of ours as it is installed. */
export interface InstalledHook {
  /** The harness's name for what it is called on. */
  readonly event: string;
  /** The program behind the hook, and its arguments; undefined when only a shell can tell. */
  readonly words: readonly string[] | undefined;
  /** False when this version would write it differently. */
  readonly isAsWritten: boolean;
}

/** What is installed, and what the harness says of it. */
export type HookReport =
  | {
    readonly kind: "read";
    readonly hooks: readonly InstalledHook[];
    /** `unknown` when the harness could not be asked. */
    readonly trust: "trusted" | "untrusted" | "unknown";
  }
  | { readonly kind: "failed"; readonly message: string };

/** A coding agent that calls hooks. Whatever is specific to it stays behind this. */
export interface Harness {
  /** The name that users know. */
  readonly name: string;
  /** The hooks file that applies where the user names none; undefined without a home directory. */
  hooksPath(): string | undefined;
  install(hooksPath: string, program: HookProgram): Promise<HookOutcome>;
  uninstall(hooksPath: string): Promise<HookOutcome>;
  /** Tells what is installed; changes nothing. */
  inspect(hooksPath: string): Promise<HookReport>;
}
