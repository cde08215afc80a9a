import { spawn, type SpawnOptions } from "./spawn.ts";

/**
 * Starts this program again. A process may write only below the directory that it was started in
 * (`--allow-write=.`), so whatever has to write somewhere is started there.
 *
 * On Linux `/proc/self/exe` is the running binary, whatever has since been put in its place. Elsewhere
 * it is found on PATH or where package managers put it; `--allow-run` names the same places.
 *
 * @throws {SpawnError} When the binary cannot be found again.
 */
export function spawnItself(options: SpawnOptions): Deno.ChildProcess {
  if (Deno.build.os === "linux") return spawn("/proc/self/exe", options);
  let failure: unknown;
  for (const program of INSTALLED_AS) {
    try {
      return spawn(program, options);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Where the binary is found where there is no `/proc`; `scripts/build` grants the same list. */
const INSTALLED_AS = [
  "quota-sentry",
  "/opt/homebrew/bin/quota-sentry",
  "/usr/local/bin/quota-sentry",
];

/**
 * Whether a process of ours finds the program again whatever its PATH is: an app on the desktop has
 * another one than a terminal.
 *
 * @param path Where the program is.
 */
export function isFoundAnywhere(path: string, os: string = Deno.build.os): boolean {
  return os === "linux" || (path.startsWith("/") && INSTALLED_AS.includes(path));
}
