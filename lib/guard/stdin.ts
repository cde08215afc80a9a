/**
 * How long to wait for the end of stdin when nothing else is left to do, in milliseconds. A harness
 * writes its JSON and closes the pipe at once; whoever keeps it open must not hang us.
 */
const PATIENCE_MS = 10_000;

/**
 * Reads stdin to its end, dropping what comes, unless it is a terminal: a harness reports a hook that
 * does not take its input as failed.
 *
 * @returns A function that waits for the end, but not for ever.
 */
export function drainStdin(): () => Promise<void> {
  const drained = drain();
  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const id = setTimeout(resolve, PATIENCE_MS);
    await Promise.race([drained, promise]);
    clearTimeout(id);
  };
}

async function drain(): Promise<void> {
  try {
    if (Deno.stdin.isTerminal()) return;
    const buffer = new Uint8Array(64 * 1024);
    while (await Deno.stdin.read(buffer) !== null);
  } catch {
    // Closed or unreadable: there is nothing to take.
  }
}
