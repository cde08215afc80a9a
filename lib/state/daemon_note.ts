import { smallText } from "../files/small_text.ts";
import type { StateDirectory } from "./state_directory.ts";

/** What the daemon that holds the lock wrote down of itself. */
export interface DaemonNote {
  readonly build: string;
  /** Programs that it found on PATH when it started; later ones it may not run. */
  readonly sees: readonly string[];
}

/** The daemon's word about itself; undefined for one of before it was written down. */
export function daemonNote(directory: StateDirectory): DaemonNote | undefined {
  const [build = "", sees = ""] = smallText(directory.file("daemonLock"))?.split("\n") ?? [];
  return /^[\w.+-]{1,40}$/.test(build)
    ? { build, sees: sees.split(" ").filter((name) => name !== "") }
    : undefined;
}

/** The build of the daemon that holds the lock. */
export function daemonBuild(directory: StateDirectory): string | undefined {
  return daemonNote(directory)?.build;
}
