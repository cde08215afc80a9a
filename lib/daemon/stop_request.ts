import { existsSync } from "@std/fs/exists";
import { join } from "@std/path";
import { delay } from "../process/delay.ts";
import { STATE_FILES } from "../state/files.ts";

/** How often to look where the file system does not tell of changes. */
const LOOK_EVERY_MS = 1000;

/**
 * Waits until somebody asks the daemon of this directory to end, by putting a file there: a scoped
 * binary may not send signals. Needs read permission.
 *
 * @param signal Ends the wait.
 */
export async function stopRequested(directory: string, signal: AbortSignal): Promise<void> {
  const path = join(directory, STATE_FILES.stop);
  try {
    // Events instead of a timer: a sleeping daemon costs nothing.
    const watcher = Deno.watchFs(directory, { recursive: false });
    // Disposing may be done twice, closing may not.
    const close = () => watcher[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    try {
      if (signal.aborted || existsSync(path)) return;
      for await (const _ of watcher) if (existsSync(path)) return;
    } finally {
      close();
    }
  } catch {
    // No watches left on this machine.
  }
  while (!signal.aborted && !existsSync(path)) await delay(LOOK_EVERY_MS, signal);
}
