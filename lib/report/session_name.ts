import type { Waiting } from "../state/waiting.ts";

/** Where the parts of a session's id end. Its beginning is the time: two of one minute share it. */
const PARTS = [8, 13, 18, 23];

/** So much of a session's id as tells it from the others, or else its pid. Pure. */
export function nameOf({ session, pid }: Waiting, all: readonly Waiting[]): string {
  if (session === undefined) return `pid ${pid}`;
  const others = all.filter((each) => each.session !== undefined && each.session !== session);
  const length = PARTS.find((each) =>
    !others.some((other) => other.session!.startsWith(session.slice(0, each)))
  );
  return session.slice(0, length);
}
