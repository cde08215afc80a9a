import { dirname } from "@std/path";
import { placePath, QUEUE_PLACES } from "../state/queue.ts";

/**
 * Makes the places in which held guards queue, where they are missing. It never throws: without them
 * agents start again all at once. Needs write permission.
 */
export async function prepareQueue(directory: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(placePath(directory, 0)), { recursive: true, mode: 0o700 });
    for (let index = 0; index < QUEUE_PLACES; index++) {
      const options = { create: true, append: true, mode: 0o600 };
      (await Deno.open(placePath(directory, index), options)).close();
    }
  } catch {
    // Not worth a word: the hold itself stands.
  }
}
