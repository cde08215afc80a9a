import { linkAt } from "./link_at.ts";
import { SYSTEM, type System } from "./system.ts";

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
 * Where one of a process's links leads: its program, its directory, what it has open. Needs read
 * permission.
 *
 * @returns undefined where it has ended, is not ours to look at, or the system has no `/proc`.
 */
export function linkOf(
  pid: number,
  link: "exe" | "cwd" | `fd/${number}`,
  { proc }: System = SYSTEM,
): string | undefined {
  return proc === undefined ? undefined : linkAt(`${proc}/${pid}/${link}`);
}

/**
 * The processes that run a program of that name and that we may look at. What they were called with, or
 * have in their environment, cannot be seen with our permissions. Needs read permission.
 *
 * @returns undefined where the system has no `/proc`.
 */
export function processesOf(
  name: string,
  system: System = SYSTEM,
): RunningProcess[] | undefined {
  if (system.proc === undefined) return undefined;
  const pids = entriesOf(system.proc).filter((entry) => /^\d+$/.test(entry)).map(Number);
  if (pids.length === 0) return undefined;
  return pids.flatMap((pid) => {
    const program = linkOf(pid, "exe", system)?.replace(REPLACED, "");
    if (program === undefined || program.slice(program.lastIndexOf("/") + 1) !== name) return [];
    const directory = linkOf(pid, "cwd", system);
    if (directory === undefined) return [];
    const open = entriesOf(`${system.proc}/${pid}/fd`).flatMap((number) => {
      const path = linkOf(pid, `fd/${Number(number)}`, system);
      return path === undefined ? [] : [[Number(number), path] as const];
    });
    return [{ pid, program, directory, open: new Map(open) }];
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
