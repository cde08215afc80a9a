/** Where the parts of an id end. Its beginning is the time: two of one minute share it. */
const PARTS = [8, 13, 18, 23];

/** So much of a session's id as tells it from the others. Pure. */
export function shortId(id: string, all: readonly string[]): string {
  const others = all.filter((each) => each !== id);
  const length = PARTS.find((each) => !others.some((other) => other.startsWith(id.slice(0, each))));
  return id.slice(0, length);
}
