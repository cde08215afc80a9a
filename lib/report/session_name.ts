import type { Waiting } from "../state/waiting.ts";
import { shortId } from "../text/short_id.ts";

/** So much of a session's id as tells it from the others, or else its pid. Pure. */
export function nameOf({ session, pid }: Waiting, all: readonly Waiting[]): string {
  if (session === undefined) return `pid ${pid}`;
  return shortId(session, all.flatMap((each) => each.session ?? []));
}
