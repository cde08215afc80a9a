import type { RunningProcess } from "../../../process/processes.ts";

/** Where a session is open. */
export type OpenIn =
  /** In a terminal that somebody can look at. */
  | "terminal"
  /** In Codex's background server alone: its terminal was closed just now. */
  | "background"
  | "nowhere";

/**
 * Tells where a session is open, by what the processes of Codex have open. Pure.
 *
 * A session is loaded by the process that has its writer's lock: the terminal's own, or the background
 * server that newer versions share. The server lets go of an idle session 60 seconds after the last
 * terminal that showed it was closed (all seen with 0.169.0).
 *
 * @param home Codex's home, links resolved.
 */
export function whereIsOpen(
  session: string,
  home: string,
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
    isOnTerminal(each) && hasOpen(each, `${home}/`) && !hasOpen(each, locks)
  );
  return isShown ? "terminal" : "background";
}

/** True for what reads what somebody types. */
function isOnTerminal({ open }: RunningProcess): boolean {
  return /^\/dev\/(pts\/\d+|tty\w*|console)$/.test(open.get(0) ?? "");
}
