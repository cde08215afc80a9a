import { basename } from "@std/path";
import { smallText } from "../files/small_text.ts";
import { delay } from "../process/delay.ts";
import type { StateDirectory } from "./state_directory.ts";

/** How often to look where the file system does not tell of changes. */
const LOOK_EVERY_MS = 1000;

/** An event may be lost among many others: some time after those it is looked all the same. */
const LOOK_AFTER_MS = 1000;

/**
 * Waits until somebody asks the daemon of this directory to end, by putting a file there: a scoped
 * binary may not send signals. One that names a process is for that one alone: it may have come too late.
 * Needs read permission.
 *
 * @param signal Ends the wait.
 * @param onChange Gets the names of the files there that change meanwhile, as far as the file system
 * tells: there is to be one watcher.
 */
export async function stopRequested(
  directory: StateDirectory,
  signal: AbortSignal,
  onChange: (name: string) => void = () => {},
): Promise<void> {
  const path = directory.file("stop");
  try {
    // Events instead of a timer: a sleeping daemon costs nothing.
    const watcher = Deno.watchFs(directory.path, { recursive: false });
    // Disposing may be done twice, closing may not.
    const close = () => watcher[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    let isThere = isAsked(path);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      timer = undefined;
      isThere ||= isAsked(path);
      if (isThere) close();
    };
    try {
      if (signal.aborted || isThere) return;
      // Most events are of what the daemon itself writes, several each second while sessions work.
      for await (const { paths } of watcher) {
        if (paths.some((name) => basename(name) === basename(path))) look();
        if (isThere) return;
        for (const name of paths) onChange(basename(name));
        timer ??= setTimeout(look, LOOK_AFTER_MS);
      }
      if (isThere) return;
    } finally {
      clearTimeout(timer);
      close();
    }
  } catch {
    // No watches left on this machine.
  }
  while (!signal.aborted && !isAsked(path)) await delay(LOOK_EVERY_MS, signal);
}

/** True where a request is there that is for this process, or for whichever runs. */
function isAsked(path: string): boolean {
  const pid = smallText(path)?.trim();
  return pid === "" || pid === String(Deno.pid);
}
