import { isRunning } from "../process/is_running.ts";
import { linkOf } from "../process/processes.ts";
import { forUser } from "../text/for_user.ts";
import { formatTimestamp, parseTimestamp } from "../text/timestamp.ts";
import type { HistoryDatabase } from "./database.ts";
import type { HoldLine } from "./hold_lines.ts";
import type { PastEvent } from "./past.ts";

/* Holds in the history: they begin and end by lines of the log, or with their process. */

/** A hold of which nothing was heard for so long after its end is over, in milliseconds. */
const LOST_AFTER_MS = 86_400_000;

/**
 * Writes down that a hold has begun or ended, once.
 *
 * @param session The one that is held; null where that is not known.
 */
export function addHold(db: HistoryDatabase, line: HoldLine, session: string | null): void {
  const { at, pid } = line;
  const open = db.openHolds().find(({ fields }) => fields.pid === pid);
  if (line.kind === "hold") {
    // It goes on in another way; or its end was never heard of, and it is another process by now.
    if (
      open &&
      at.getTime() - (parseTimestamp(open.fields.until) ?? open.at).getTime() < LOST_AFTER_MS
    ) return;
    const fields = {
      pid,
      until: formatTimestamp(line.until),
      why: forUser(line.why),
      directory: linkOf(pid, "cwd") ?? null,
      session: session && forUser(session),
    };
    db.addEvent({ at, kind: "hold", about: `${pid} ${formatTimestamp(at)}`, fields });
  } else if (open) {
    const fields = { ...heldFields(open.fields), seconds: line.seconds, why: forUser(line.why) };
    db.addEvent({ at, kind: "release", about: open.about, fields });
  }
}

/** Holds whose end nobody has written down: their process was killed. Writes nothing. */
export async function goneHolds(db: HistoryDatabase, now: () => Date): Promise<PastEvent[]> {
  const gone: PastEvent[] = [];
  for (const { at, about, fields } of db.openHolds()) {
    const ended = now();
    const isOver = ended.getTime() - (parseTimestamp(fields.until) ?? at).getTime() > LOST_AFTER_MS;
    if (!isOver && await isRunning(Number(fields.pid))) continue;
    const why = "it has ended while it was held";
    gone.push({ at: ended, kind: "release", about, fields: { ...heldFields(fields), why } });
  }
  return gone;
}

/** What a release says of its hold. */
function heldFields({ pid, directory, session }: PastEvent["fields"]): PastEvent["fields"] {
  return { pid: pid ?? null, directory: directory ?? null, session: session ?? null };
}
