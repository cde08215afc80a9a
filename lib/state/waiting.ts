import { namesIn } from "../files/names_in.ts";
import { realPathOf } from "../files/real_path.ts";
import { isRunning } from "../process/is_running.ts";
import { linkOf } from "../process/processes.ts";
import { SYSTEM, type System } from "../process/system.ts";
import { type HeldStep, parsePlace, type Place, placedBy, readPlace } from "./queue.ts";
import { wishFor } from "./requests.ts";
import type { StateDirectory } from "./state_directory.ts";

/** A session that is held. */
export interface Waiting {
  /** Of what waits: the hook script, or a guard that waits by itself. */
  readonly pid: number;
  readonly since: Date;
  /** Until when, as it was told when it began; a newer reading may have moved it. */
  readonly until?: Date | undefined;
  /** The harness's id of it; undefined for one that an earlier version holds. */
  readonly session?: string | undefined;
  /** What it waits before; undefined where its hook does not say, or an earlier version holds it. */
  readonly step?: HeldStep | undefined;
  /** The directory that the session works in; undefined where that cannot be known. */
  readonly directory: string | undefined;
}

/** One that may wait. */
export interface Candidate {
  readonly pid: number;
  readonly since: Date;
  readonly until: Date | undefined;
  readonly session: string | undefined;
  readonly step: HeldStep | undefined;
  /** The directory that the session works in, where its place says so. */
  readonly directory: string | undefined;
  /** What a script has open while it waits; undefined for a guard that waits by itself. */
  readonly pipe: string | undefined;
}

/**
 * Those that are held, in the order in which they came; one that was let go is not any more. Scripts are
 * known by their pipes, guards that wait by themselves by their places in the queue. What was killed, or
 * is in another container, does not count. Needs read permission; it never throws.
 */
export async function waitingIn(
  directory: StateDirectory,
  system: System = SYSTEM,
): Promise<Waiting[]> {
  const present = await presentIn(directory, system);
  return present.filter((each) => wishFor(directory, each, each.session) !== "release");
}

/** The same, with those that were let go and have yet to go on. */
export async function presentIn(
  directory: StateDirectory,
  system: System = SYSTEM,
): Promise<Waiting[]> {
  const queue = realPathOf(directory.file("queue"));
  const waiting: Waiting[] = [];
  for (const candidate of candidatesIn(queue, namesIn(queue))) {
    const life = await lifeOf(candidate, system);
    const { pipe: _, ...known } = candidate;
    if (life) waiting.push({ ...known, ...life });
  }
  return waiting.toSorted((a, b) => +a.since - +b.since || a.pid - b.pid);
}

/**
 * Those that the names in the queue, and what stands in its places, tell of. Not each script has found a
 * place.
 *
 * @param read Gives the text of a file.
 */
export function candidatesIn(
  queue: string,
  names: readonly string[],
  read: (path: string) => string = readPlace,
): Candidate[] {
  const isPlace = (name: string) => /^\d+\.place$/.test(name);
  const places = [
    ...names.filter(isPlace).map((name) => parsePlace(read(`${queue}/${name}`))),
    ...names.filter((name) => !isPlace(name)).map(parsePipe),
  ];
  // A place tells more than the pipe alone.
  const byName = new Map(places.toReversed().map((place) => [place.name, place]));
  return [...byName.values()].flatMap(({ name, until, session, step, directory }) => {
    const placed = placedBy(name);
    if (!placed) return [];
    const { pid, since, listens } = placed;
    const pipe = listens ? `${queue}/${name}` : undefined;
    return [{ pid, since, until, session, step, directory, pipe }];
  });
}

function parsePipe(name: string): Place {
  return {
    name,
    until: undefined,
    session: undefined,
    step: undefined,
    directory: undefined,
  };
}

/** What can be seen of a process; undefined where it has ended, or is another by now. */
async function lifeOf(
  { pid, pipe, directory }: Candidate,
  system: System,
): Promise<Pick<Waiting, "directory"> | undefined> {
  if (!await isRunning(pid, system)) return undefined;
  // Whether it is still the same cannot be seen.
  if (system.proc === undefined) return { directory };
  const isSame = pipe === undefined
    ? /(^|\/)quota-sentry[^/]*$/.test(linkOf(pid, "exe", system) ?? "")
    : linkOf(pid, "fd/3", system) === pipe;
  return isSame ? { directory: linkOf(pid, "cwd", system) } : undefined;
}
