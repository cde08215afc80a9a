import { dirname } from "@std/path";
import { existsSync } from "@std/fs/exists";

/** Events come in bursts; what follows so closely is one change, in milliseconds. */
const TOGETHER_MS = 50;

/** How long until it is looked again whether there is something to follow, in milliseconds. */
const FIND_EVERY_MS = 2_000;

/**
 * Tells when something in a directory, or below it, has changed, until the signal fires. One that is not
 * there yet is waited for. Needs read permission; it never throws.
 */
export async function followDirectory(
  path: string,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () =>
    timer ??= setTimeout(() => {
      timer = undefined;
      onChange();
    }, TOGETHER_MS);
  while (!signal.aborted) {
    const isThere = existsSync(path, { isDirectory: true });
    await followOnce(isThere ? path : dirname(path), isThere, signal, () => {
      soon();
      // What was waited for has come, or what was followed has gone.
      return existsSync(path, { isDirectory: true }) === isThere;
    });
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, FIND_EVERY_MS));
  }
  clearTimeout(timer);
}

/** @param onChange Gives whether to go on. */
async function followOnce(
  path: string,
  recursive: boolean,
  signal: AbortSignal,
  onChange: () => boolean,
): Promise<void> {
  try {
    using watcher = Deno.watchFs(path, { recursive });
    const close = () => watcher.return?.();
    signal.addEventListener("abort", close);
    // What changed before is not told.
    onChange();
    for await (const { kind } of watcher) {
      // Whoever looks changes nothing.
      if (kind !== "access" && !onChange()) break;
    }
    signal.removeEventListener("abort", close);
  } catch {
    // There is nothing to follow, or no more may be followed: it is tried again.
  }
}
