import { linkAt } from "./link_at.ts";

/** A process of ours, as its links tell. */
export interface RunningProcess {
  readonly pid: number;
  /** Absolute paths of its program and its working directory. */
  readonly program: string;
  readonly directory: string;
  /** What it has open, by number: paths, and names such as `socket:[1]`. */
  readonly open: ReadonlyMap<number, string>;
}

/** What is behind the path of a program that was replaced. */
const REPLACED = / \(deleted\)$/;

/**
 * The processes that run a program of that name and that we may look at. What they were called with, or
 * have in their environment, cannot be seen with our permissions. Needs read permission.
 *
 * @returns undefined where the system has no `/proc`.
 */
export function processesOf(name: string): RunningProcess[] | undefined {
  const pids = entriesOf("/proc").filter((entry) => /^\d+$/.test(entry));
  if (pids.length === 0) return undefined;
  return pids.flatMap((entry) => {
    const program = linkAt(`/proc/${entry}/exe`)?.replace(REPLACED, "");
    if (program === undefined || program.slice(program.lastIndexOf("/") + 1) !== name) return [];
    const directory = linkAt(`/proc/${entry}/cwd`);
    if (directory === undefined) return [];
    const open = entriesOf(`/proc/${entry}/fd`).flatMap((number) => {
      const path = linkAt(`/proc/${entry}/fd/${number}`);
      return path === undefined ? [] : [[Number(number), path] as const];
    });
    return [{ pid: Number(entry), program, directory, open: new Map(open) }];
  });
}

/** What a directory of the system's has; nothing where it cannot be read. */
function entriesOf(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch {
    return [];
  }
}
