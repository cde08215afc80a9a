import { SYSTEM } from "../../process/system.ts";
import { ownerText, placePath } from "../../state/queue.ts";
import type { Hold } from "./hold.ts";
import { type Holder, stepOf } from "./told.ts";

/** Takes a place in the queue; undefined where there is none to be had. It never throws. */
export async function takePlace(
  { directory: stateDirectory, options }: Holder,
  hold: Hold,
): Promise<number | undefined> {
  try {
    const { claimPlaceElsewhere } = await import("../../files/elsewhere.ts");
    const directory = SYSTEM.proc === undefined ? Deno.cwd() : undefined;
    const { begunAt, until, session } = hold;
    const owner = ownerText(Deno.pid, begunAt, until, session, stepOf(options), directory);
    return await claimPlaceElsewhere(stateDirectory.file("queue"), owner);
  } catch {
    // The hold itself stands.
    return undefined;
  }
}

/** Gives it to the next. */
export async function leavePlace({ directory }: Holder, place: number | undefined): Promise<void> {
  if (place === undefined) return;
  const { removeElsewhere } = await import("../../files/elsewhere.ts");
  await removeElsewhere(placePath(directory.file("queue"), place)).catch(() => {});
}
