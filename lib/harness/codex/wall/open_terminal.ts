import type { RunningProcess } from "../../../process/processes.ts";

/** Where a session is open. */
export type OpenIn =
  /** In a terminal that somebody can look at. */
  | "terminal"
  /** In Codex's background server alone: its terminal was closed just now. */
  | "background"
  | "nowhere";

/** The first version whose server lets go of what nobody looks at. */
const LETS_GO = [0, 166];

/** A session that is asked about; paths with links resolved. */
export interface Asked {
  readonly session: string;
  /** The directory that it works in. */
  readonly directory: string;
  /** Codex's home. */
  readonly home: string;
}

/**
 * Tells where a session is open, by what the processes of Codex have open. Pure.
 *
 * A session is loaded by the process that has its writer's lock: the terminal's own, or the background
 * server that newer versions share. From 0.166 on the server lets go of an idle session 60 seconds after
 * the last terminal that showed it was closed; before, it keeps it (all seen, 0.164 to 0.169). There, a
 * terminal must at least have been opened in the directory that the session works in.
 */
export function whereIsOpen(
  { session, directory, home }: Asked,
  processes: readonly RunningProcess[],
): OpenIn {
  const locks = `${home}/thread-writer-locks/`;
  const hasOpen = ({ open }: RunningProcess, start: string) =>
    [...open.values()].some((path) => path.startsWith(start));
  const holder = processes.find((each) => hasOpen(each, `${locks}${session}.lock`));
  if (!holder) return "nowhere";
  if (isOnTerminal(holder)) return "terminal";
  // One that has its sessions to itself shows none of the server's.
  const isShown = processes.some((each) =>
    isOnTerminal(each) && hasOpen(each, `${home}/`) && !hasOpen(each, locks) &&
    (each.directory === directory || letsGo(holder))
  );
  return isShown ? "terminal" : "background";
}

/** The server's program is kept in a directory with its version in its name. */
function letsGo({ program }: RunningProcess): boolean {
  const [, major, minor] = /\/releases\/(\d+)\.(\d+)\./.exec(program) ?? [];
  return Number(major) > LETS_GO[0]! ||
    (Number(major) === LETS_GO[0] && Number(minor) >= LETS_GO[1]!);
}

/** True for what reads what somebody types. */
function isOnTerminal({ open }: RunningProcess): boolean {
  return /^\/dev\/(pts\/\d+|tty\w*|console)$/.test(open.get(0) ?? "");
}
