import type { DeathMark } from "../../wall.ts";
import { jsonOf } from "../sessions/parse.ts";
import { searchBackwards } from "../../../files/search_backwards.ts";
import { isSettingsLine } from "./lines.ts";

/** What stands behind a death in its session's file. */
export type Followed =
  | "nothing"
  /** A turn that a queued message began. */
  | "queued"
  /** Anything else: somebody typed, say. */
  | "other";

/** So much may have been written since. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Looks what stands behind a death. Codex writes of each turn what began it (`turn_trigger`, seen with
 * 0.169.0); the first one counts. Needs read permission.
 *
 * @throws When the file cannot be read.
 */
export async function whatFollowed({ file, turn }: DeathMark): Promise<Followed> {
  let first: Followed = "nothing";
  await searchBackwards(file, (line) => {
    if (line === "" || isSettingsLine(line)) return undefined;
    if (line.includes('"task_complete"') && line.includes(turn)) return true;
    first = triggerOf(line) ?? (first === "nothing" ? "other" : first);
    return undefined;
  }, MAX_BYTES);
  return first;
}

function triggerOf(line: string): Followed | undefined {
  if (!line.includes('"task_started"')) return undefined;
  const { payload } = Object(jsonOf(line));
  if (payload?.type !== "task_started") return undefined;
  return payload.turn_attribution?.turn_trigger === "queue" ? "queued" : "other";
}
