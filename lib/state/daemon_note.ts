import { smallText } from "../files/small_text.ts";
import type { StateDirectory } from "./state_directory.ts";

/** What the daemon that holds the lock wrote down of itself. */
export interface DaemonNote {
  readonly build: string;
  /** Programs that it found on PATH when it started; later ones it may not run. */
  readonly sees: readonly string[];
  /**
   * The settings that it was started with as options, as arguments: they count more than the file. Undefined
   * for one of before they were written down.
   */
  readonly rules: readonly string[] | undefined;
}

/** The daemon's word about itself; undefined for one of before it was written down. */
export function daemonNote(directory: StateDirectory): DaemonNote | undefined {
  const lines = smallText(directory.file("daemonLock"))?.split("\n") ?? [];
  const [build = "", sees = "", rules = ""] = lines;
  if (!/^[\w.+-]{1,40}$/.test(build)) return undefined;
  return { build, sees: wordsOf(sees), rules: lines.length > 3 ? wordsOf(rules) : undefined };
}

function wordsOf(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

/** The build of the daemon that holds the lock. */
export function daemonBuild(directory: StateDirectory): string | undefined {
  return daemonNote(directory)?.build;
}
