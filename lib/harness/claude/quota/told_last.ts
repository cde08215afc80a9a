import { FIVE_HOUR_MINUTES } from "../../../quota/window.ts";
import type { StateDirectory } from "../../../state/state_directory.ts";
import { type Told, toldFiles, toldIn } from "./told.ts";

/**
 * What counts of all that sessions were told. That is what was told last; but a session with an API key,
 * which has no windows, says nothing of a subscription beside it: windows of the last five hours that
 * have not reset count before it. Pure.
 *
 * @param told The last one first.
 */
export function whatCounts(told: readonly Told[], now: Date): Told | undefined {
  const [last] = told;
  if (last?.kind !== "none") return last;
  const windows = told.find(({ kind }) => kind === "windows");
  return windows?.kind === "windows" && isRunning(windows, now) ? windows : last;
}

function isRunning({ asOf, windows }: Told & { kind: "windows" }, now: Date): boolean {
  return +now - +asOf < FIVE_HOUR_MINUTES * 60_000 &&
    windows.some(({ resetsAt }) => resetsAt !== null && resetsAt > now);
}

/** What counts in a home by now; undefined where nothing was told. Needs read permission. */
export function toldLast(directory: StateDirectory, now = new Date()): Told | undefined {
  const told = toldFiles(directory).map(({ path }) => toldIn(path)).filter((each) =>
    each !== undefined
  );
  return whatCounts(told, now);
}
