/** What differs by operating system: only this file asks which it is. A test passes another one in. */
export interface System {
  /** As `Deno.build.os` has it. */
  readonly name: string;
  /** The directory in which processes are seen; undefined where there is none. */
  readonly proc: string | undefined;
  /**
   * Where this program is started again from: the first that can be. A name is looked for on PATH.
   * `scripts/build` grants the same in `--allow-run`.
   */
  readonly itself: readonly [string, ...string[]];
  /** Why nothing works there, in a line for people; undefined where it does. */
  readonly obstacle: string | undefined;
}

/** The system of a name that `Deno.build.os` has. */
export function systemOf(name: string): System {
  // The running binary, whatever has since been put in its place.
  if (name === "linux") {
    return { name, proc: "/proc", itself: ["/proc/self/exe"], obstacle: undefined };
  }
  // On PATH, or where package managers put it.
  const itself = [
    "quota-sentry",
    "/opt/homebrew/bin/quota-sentry",
    "/usr/local/bin/quota-sentry",
  ] as const;
  return { name, proc: undefined, itself, obstacle: name === "windows" ? NOT_WINDOWS : undefined };
}

const NOT_WINDOWS = "it does not run on Windows, and nothing is held there; have the agent and " +
  "quota-sentry run in WSL: https://learn.microsoft.com/windows/wsl/install";

/** The one that we run on. */
export const SYSTEM: System = systemOf(Deno.build.os);
