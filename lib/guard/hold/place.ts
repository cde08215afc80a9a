import { SYSTEM } from "../../process/system.ts";
import { ownerText, placePath } from "../../state/queue.ts";
import type { Hold } from "./hold.ts";
import { type Holder, lineFor, note, stepOf } from "./told.ts";

/**
 * Takes a place in the queue; undefined where there is none to be had. It never throws.
 *
 * @param text For the log, which is told in the same start of this program.
 */
export async function takePlace(
  holder: Holder,
  hold: Hold,
  text: string,
): Promise<number | undefined> {
  const queue = holder.directory.file("queue");
  try {
    const { claimPlaceElsewhere } = await import("../../files/elsewhere.ts");
    const directory = SYSTEM.proc === undefined ? Deno.cwd() : undefined;
    const { begunAt, until, session } = hold;
    const owner = ownerText(Deno.pid, begunAt, until, session, stepOf(holder.options), directory);
    return await claimPlaceElsewhere(queue, owner, lineFor(holder, text));
  } catch {
    // The hold itself stands.
    await note(holder, text);
    return undefined;
  }
}

/**
 * Gives it to the next. It never throws.
 *
 * @param text For the log.
 */
export async function leavePlace(
  holder: Holder,
  place: number | undefined,
  text: string,
): Promise<void> {
  if (place === undefined) return await note(holder, text);
  const path = placePath(holder.directory.file("queue"), place);
  try {
    const { leavePlaceElsewhere } = await import("../../files/elsewhere.ts");
    await leavePlaceElsewhere(path, lineFor(holder, text));
  } catch {
    // It was killed before it came to that.
    await note(holder, text);
  }
}
