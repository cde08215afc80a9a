import { delay } from "./delay.ts";

/** Waits for a promise, but not for longer than some milliseconds; true when it was settled by then. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = new AbortController();
  const first = await Promise.race([
    promise.then(() => true),
    delay(ms, settled.signal).then(() => false),
  ]);
  settled.abort();
  return first;
}
