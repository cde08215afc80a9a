import { ownerText, placePath } from "../../state/queue.ts";
import type { Hold } from "./hold.ts";
import { type Holder, stepOf } from "./told.ts";

/** Takes a place in the queue; undefined where there is none to be had. It never throws. */
export async function takePlace(
  { directory, options }: Holder,
  hold: Hold,
): Promise<number | undefined> {
  try {
    const { claimPlaceElsewhere } = await import("../../files/elsewhere.ts");
    const owner = ownerText(Deno.pid, hold.begunAt, hold.until, hold.session, stepOf(options));
    return await claimPlaceElsewhere(directory.file("queue"), owner);
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
