import { join } from "@std/path";
import { delay } from "../../../process/delay.ts";
import { processesOf } from "../../../process/processes.ts";
import { forUser } from "../../../text/for_user.ts";
import { parseTimestamp } from "../../../text/timestamp.ts";
import type { Death } from "../../death.ts";
import type { NotedDeath } from "../../wall.ts";
import { accountIdIn } from "../account.ts";
import { recentRollouts, SESSIONS } from "../sessions/rollout_files.ts";
import { checkedOutIn } from "./checked_out.ts";
import { metaIn } from "./find_deaths.ts";

/** Files that are looked at before others may run: some 150 µs each. */
const FILES_AT_ONCE = 20;

/** So many files are looked at for copies. */
const MAX_FILES = 5000;

/**
 * Why only a person is to go on with a session: it is another account's than the one that is signed in,
 * somebody has copied it since, its directory holds other work now, or it cannot be told whether it is
 * open. Needs read permission.
 *
 * @returns undefined where nothing speaks against it.
 */
export async function doubtAbout(
  death: Death,
  home: string,
  noted: NotedDeath | undefined,
): Promise<string | undefined> {
  if (death.place === "terminal" && processesOf("codex") === undefined) {
    return "whether its terminal is open cannot be told on this system";
  }
  const owner = metaIn(death.file)?.creator_account_id;
  const account = accountIdIn(home);
  if (owner && account !== undefined && owner !== account) {
    return "it was begun by another account than the one that is signed in now";
  }
  const before = noted?.checkedOut;
  const now = checkedOutIn(death.directory);
  if (before !== undefined && before !== now) {
    return `its directory had ${before} checked out, and now has ${now ?? "no repository"}`;
  }
  return await copyOf(death, home);
}

/** Whoever copies a session that has stopped goes on with it there; a copy of before has its own work. */
async function copyOf(death: Death, home: string): Promise<string | undefined> {
  const files = await recentRollouts(join(home, SESSIONS), {
    changedSinceMs: death.diedAt.getTime(),
    maxFiles: MAX_FILES,
  });
  for (const [index, { path }] of files.entries()) {
    // Sessions that write are read in between.
    if (index % FILES_AT_ONCE === 0) await delay(0);
    const meta = metaIn(path);
    if (meta?.forked_from_id === death.session && !isBefore(meta.timestamp, death.diedAt)) {
      return `it was copied since, as ${forUser(meta.id.slice(0, 8))}`;
    }
  }
  return undefined;
}

/** True where that is known. */
function isBefore(begun: string | null | undefined, diedAt: Date): boolean {
  const at = parseTimestamp(begun ?? undefined);
  return at !== undefined && at < diedAt;
}
