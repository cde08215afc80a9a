import { linkAt } from "../../lib/process/link_at.ts";
import { SYSTEM, type System } from "../../lib/process/system.ts";

/** A process, zombies left out. */
export interface RunningProcess {
  readonly pid: number;
  /** The pid of what has started it, or taken it over. */
  readonly parent: number;
  /** The pid of what leads its process group. */
  readonly group: number;
  /** Its words, with one space between. */
  readonly command: string;
}

/**
 * What ran before any test of this file did, with the inode of its directory in /proc, which is another
 * one where its pid is used again. None of it is a test's, and to read all of it at each look costs most
 * of the look.
 */
const EARLIER: ReadonlyMap<number, number | null | undefined> = new Map(
  SYSTEM.proc === undefined
    ? []
    : pidsIn(SYSTEM.proc).filter((pid) => pid !== Deno.pid).map((pid) => [pid, inodeOf(pid)]),
);

/**
 * All that has begun since this was loaded, and this process; on Linux by /proc, which starts nothing.
 * Elsewhere all that runs, by `ps`.
 */
export function runningProcesses({ proc }: System = SYSTEM): RunningProcess[] {
  if (proc === undefined) return parsePs(ps("-A"));
  return pidsIn(proc).filter((pid) => !EARLIER.has(pid) || EARLIER.get(pid) !== inodeOf(pid))
    .flatMap((pid) => {
      const stat = read(`${proc}/${pid}/stat`);
      const [, state, parent, group] = /\) (\S) (\d+) (\d+) /.exec(stat) ?? [];
      if (state === undefined || state === "Z") return [];
      const command = read(`${proc}/${pid}/cmdline`).replaceAll("\0", " ");
      return [{ pid, parent: Number(parent), group: Number(group), command }];
    });
}

/** True while a process with this pid runs (a zombie does not count). */
export function isRunning(pid: number, { proc }: System = SYSTEM): boolean {
  if (proc === undefined) return parsePs(ps("-p", String(pid))).length > 0;
  const stat = read(`${proc}/${pid}/stat`);
  return stat !== "" && !/\) Z /.test(stat);
}

/** The pids of all processes whose command line holds a text. */
export function processesWith(text: string, system: System = SYSTEM): number[] {
  return runningProcesses(system).filter(({ pid, command }) =>
    pid !== Deno.pid && command.includes(text)
  ).map(({ pid }) => pid);
}

/**
 * What runs with a directory on its command line, in its environment, or as the one that it is in: one that is
 * just becoming another program shows nothing else for a moment. Only Linux shows that of others; elsewhere it
 * is what some processes have started, too.
 *
 * @param started Pids of processes that belong to the directory.
 */
export function processesIn(
  directory: string,
  started: readonly number[] = [],
  system: System = SYSTEM,
): RunningProcess[] {
  const all = runningProcesses(system).filter(({ pid }) => pid !== Deno.pid);
  const named = all.filter(({ pid, command }) =>
    command.includes(directory) ||
    (system.proc !== undefined &&
      (read(`${system.proc}/${pid}/environ`).includes(directory) ||
        linkAt(`${system.proc}/${pid}/cwd`)?.includes(directory)))
  );
  if (system.proc !== undefined) return named;
  const pids = new Set([...started, ...named.map(({ pid }) => pid)]);
  for (let before = -1; before < pids.size;) {
    before = pids.size;
    for (const { pid, parent } of all) if (pids.has(parent)) pids.add(pid);
  }
  return all.filter(({ pid }) => pids.has(pid));
}

function pidsIn(proc: string): number[] {
  return [...Deno.readDirSync(proc)].map(({ name }) => Number(name)).filter((pid) => pid > 0);
}

/** Of a process's directory; undefined where it has ended. */
function inodeOf(pid: number): number | null | undefined {
  try {
    return Deno.lstatSync(`${SYSTEM.proc}/${pid}`).ino;
  } catch {
    return undefined;
  }
}

function ps(...which: string[]): string {
  const { stdout } = new Deno.Command("ps", {
    args: [
      ...which,
      "-ww",
      "-o",
      "pid=",
      "-o",
      "ppid=",
      "-o",
      "pgid=",
      "-o",
      "stat=",
      "-o",
      "command=",
    ],
    stderr: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout);
}

function parsePs(text: string): RunningProcess[] {
  return text.split("\n").flatMap((line) => {
    const words = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    const [, pid, parent, group, state, command] = words;
    if (state === undefined || state.startsWith("Z")) return [];
    return [{
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      command: command!,
    }];
  });
}

/** The text of a file of a process; empty where it has ended, or is not ours. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
