import { CHILD_ENVIRONMENT } from "./child_environment.ts";

/** How a child is to be started; a subset of `Deno.CommandOptions`. */
export interface SpawnOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: "null" | "piped" | "inherit";
  readonly stdout?: "null" | "piped" | "inherit";
  readonly stderr?: "null" | "piped" | "inherit";
  /** Puts the child into a session and process group of its own, whose id is its pid. */
  readonly detached?: boolean;
}

/** A program could not be started. */
export class SpawnError extends Error {
  override name = "SpawnError";
  /** What is wrong with the program, in words that complete "codexbar …". */
  readonly problem: string;

  constructor(program: string, cause: unknown) {
    const problem = describe(cause);
    super(`${program} ${problem}`, { cause });
    this.problem = problem;
  }
}

/**
 * Starts a child process: the only place that does. What is not asked for is `null`, so that nothing
 * of ours is inherited by accident.
 *
 * @param program A name that `--allow-run` grants: found through PATH as it was when we started.
 * @throws {SpawnError} When the program is missing, not executable or not granted.
 */
export function spawn(program: string, options: SpawnOptions): Deno.ChildProcess {
  const { args, env, ...rest } = options;
  try {
    return new Deno.Command(program, {
      stdin: "null",
      stdout: "null",
      stderr: "null",
      ...rest,
      args: [...args],
      env: { ...CHILD_ENVIRONMENT, ...env },
    }).spawn();
  } catch (error) {
    throw new SpawnError(program, error);
  }
}

function describe(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) {
    return /: (No such|failed resolving) cwd/.test(cause.message)
      ? "cannot be started: the directory to run in has gone"
      : "was not found on PATH";
  }
  if (cause instanceof Deno.errors.PermissionDenied) return "is not executable";
  if (cause instanceof Deno.errors.NotCapable) {
    return cause.message.includes("environment variable")
      ? "cannot be started safely with a linker variable (LD_* or DYLD_*) set"
      : "is not among the programs that Quota Sentry may start, or came to PATH after it started";
  }
  return "cannot be started: it is not a program for this machine";
}
