import { join } from "@std/path";
import { isLocked } from "../../../files/lock.ts";
import { realPathOf } from "../../../files/real_path.ts";
import { processesOf } from "../../../process/processes.ts";
import type { Death } from "../../death.ts";
import type { Wall } from "../../wall.ts";
import { environmentFor } from "../home.ts";
import { SESSIONS } from "../sessions/rollout_files.ts";
import { checkedOutIn } from "./checked_out.ts";
import { doubtAbout } from "./doubt.ts";
import { findDeaths, isStillDead } from "./find_deaths.ts";
import { meansOf } from "./means.ts";
import { whereIsOpen } from "./open_terminal.ts";
import { followUp, sendByQueue } from "./queue.ts";

/** What Codex's sessions of a home say of the wall, and how they go on after it. */
export function wallOf(home: string): Wall {
  return {
    environment: environmentFor(home),
    deaths: (now) => findDeaths(home, now),
    means: (version) => meansOf(home, version),
    isStillDead,
    checkedOut: ({ directory }) => checkedOutIn(directory),
    lock: () => lockSessions(home),
    doubt: (death, noted) => doubtAbout(death, home, noted),
    obstacle: (death) => Promise.resolve(obstacleTo(death, home)),
    goOn: (death, message, signal) => sendByQueue(death, message, home, signal),
    followUp: (death, sent, signal) => followUp(death, sent, home, signal),
  };
}

/** A lock on the directory itself: nothing of Codex's is written for it, and Codex takes no such lock. */
function lockSessions(home: string): Disposable | undefined {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(join(home, SESSIONS), { read: true });
  } catch {
    return undefined;
  }
  try {
    if (file.tryLockSync(true)) return { [Symbol.dispose]: () => file.close() };
  } catch {
    // A file system without locks.
  }
  file.close();
  return undefined;
}

function obstacleTo(death: Death, home: string): string | undefined {
  const { session, place } = death;
  if (place !== "terminal") return "it does not stand in a terminal";
  const realHome = realPathOf(home);
  const processes = processesOf("codex");
  // Elsewhere than on Linux it cannot be seen what a process is; that it has the session can.
  if (processes === undefined) {
    return isLocked(`${realHome}/thread-writer-locks/${session}.lock`) ? undefined : NOT_OPEN;
  }
  const directory = realPathOf(death.directory);
  switch (whereIsOpen({ session, directory, home: realHome }, processes)) {
    case "terminal":
      return undefined;
    case "background":
      return "its terminal was closed";
    case "nowhere":
      return NOT_OPEN;
  }
}

const NOT_OPEN = "it is not open in any terminal";
