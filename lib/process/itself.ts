import { spawn, type SpawnOptions } from "./spawn.ts";
import { SYSTEM, type System } from "./system.ts";

/**
 * Starts this program again. A process may write only below the directory that it was started in
 * (`--allow-write=.`), so whatever has to write somewhere is started there.
 *
 * @throws {SpawnError} When the binary cannot be found again.
 */
export function spawnItself(
  options: SpawnOptions,
  { itself }: System = SYSTEM,
): Deno.ChildProcess {
  let failure: unknown;
  for (const program of itself) {
    try {
      return spawn(program, options);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/**
 * Whether a process of ours finds the program again whatever its PATH is: an app on the desktop has
 * another one than a terminal.
 *
 * @param path Where the program is.
 */
export function isFoundAnywhere(path: string, { proc, itself }: System = SYSTEM): boolean {
  return proc !== undefined || (path.startsWith("/") && itself.includes(path));
}
