import { join } from "@std/path";
import { runBounded } from "../process/run_bounded.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import { STATE_FILES } from "./files.ts";
import { LISTENER_SUFFIX } from "./wake.ts";

/** A session that is held. */
export interface Waiting {
  /** Of what waits: the hook script, or a guard that waits by itself. */
  readonly pid: number;
  readonly since: Date;
  /** The directory that the session works in; undefined where that cannot be known. */
  readonly directory: string | undefined;
}

/** One that may wait. */
interface Candidate {
  readonly pid: number;
  readonly since: Date;
  /** What a script has open while it waits; undefined for a guard that waits by itself. */
  readonly pipe: string | undefined;
}

/** What `kill -0` may take. */
const KILL_BOUNDS = { deadlineMs: 2_000, maxBytes: 1024 };

/**
 * Those that are held, in the order in which they came. Scripts are known by their pipes, guards that
 * wait by themselves by the log. What was killed, or is in another container, does not count. Needs
 * read permission; it never throws.
 */
export async function waitingIn(directory: string): Promise<Waiting[]> {
  const scripts = scriptsAt(namesIn(directory), realQueue(directory));
  const known = new Set(scripts.map(({ pid }) => pid));
  const guards = heldInLog(logOf(directory)).filter(({ pid }) => !known.has(pid));
  const waiting: Waiting[] = [];
  for (const candidate of [...scripts, ...guards]) {
    const life = await lifeOf(candidate);
    if (life) waiting.push({ pid: candidate.pid, since: candidate.since, ...life });
  }
  return waiting.toSorted((a, b) => +a.since - +b.since || a.pid - b.pid);
}

/** The scripts that the names in the queue tell of; not each has found a place. Pure. */
export function scriptsAt(names: readonly string[], queue: string): Candidate[] {
  return names.flatMap((name) => {
    const [, pid, since, suffix] = /^([1-9]\d{0,9})-(\d{1,12})(\.\w+)$/.exec(name) ?? [];
    return suffix === LISTENER_SUFFIX
      ? [{ pid: Number(pid), since: new Date(Number(since) * 1000), pipe: join(queue, name) }]
      : [];
  });
}

/** What a guard writes down of a hold; where it took over from its script, since when that was. */
const LINE =
  /^(?<at>\S+) guard (?<pid>[1-9]\d{0,9}): held (?<what>for |until \S+?(?:, since (?<since>\S+))?: )/;

/** Whose hold has begun and not ended, by the log. Pure. */
export function heldInLog(log: string): Candidate[] {
  const held = new Map<number, Candidate>();
  for (const line of log.split("\n")) {
    const { at, pid: digits, what, since: earlier } = LINE.exec(line)?.groups ?? {};
    const since = parseTimestamp(earlier ?? at);
    if (since === undefined) continue;
    const pid = Number(digits);
    if (what !== "for ") held.set(pid, { pid, since, pipe: undefined });
    else held.delete(pid);
  }
  return [...held.values()];
}

/** What can be seen of a process; undefined where it has ended, or is another by now. */
async function lifeOf(
  { pid, pipe }: Candidate,
): Promise<Pick<Waiting, "directory"> | undefined> {
  if (Deno.build.os !== "linux") {
    const run = await runBounded("kill", ["-0", String(pid)], KILL_BOUNDS);
    return run.kind === "exited" && run.code === 0 ? { directory: undefined } : undefined;
  }
  // A zombie has neither a directory nor a program.
  const directory = linkAt(`/proc/${pid}/cwd`);
  if (directory === undefined) return undefined;
  const isSame = pipe === undefined
    ? /(^|\/)quota-sentry[^/]*$/.test(linkAt(`/proc/${pid}/exe`) ?? "")
    : linkAt(`/proc/${pid}/fd/3`) === pipe;
  return isSame ? { directory } : undefined;
}

function linkAt(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

function realQueue(directory: string): string {
  const queue = join(directory, STATE_FILES.queue);
  try {
    return Deno.realPathSync(queue);
  } catch {
    return queue;
  }
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(join(directory, STATE_FILES.queue))].map(({ name }) => name);
  } catch {
    // Nobody was ever held here.
    return [];
  }
}

/** The log, and the one before it: a hold may last for longer than one. */
function logOf(directory: string): string {
  return [`${STATE_FILES.log}.1`, STATE_FILES.log].map((name) => {
    try {
      return Deno.readTextFileSync(join(directory, name));
    } catch {
      return "";
    }
  }).join("");
}
