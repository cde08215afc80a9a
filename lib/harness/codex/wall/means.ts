import { join } from "@std/path";
import { SYSTEM, type System } from "../../../process/system.ts";
import { isSince } from "../../../text/is_since.ts";
import type { Means } from "../../wall.ts";

/** The first version of Codex whose sessions take messages from a queue (seen: 0.148 has none). */
const QUEUE_SINCE = "0.150";

/** Where a home's background server listens, once a terminal has started it. */
const SERVER = "app-server-control/app-server-control.sock";

/** What this Codex could do for a session that died. Needs read permission. */
export function meansOf(
  home: string,
  version: string | undefined,
  { proc }: System = SYSTEM,
): Means {
  const codex = version === undefined ? "Codex" : `Codex ${version}`;
  if (version === undefined) {
    return {
      isAble: false,
      text: `${codex} could not be asked whether its sessions take messages`,
    };
  }
  if (!isSince(version, QUEUE_SINCE)) {
    return { isAble: false, text: `${codex} has no queue for messages; from ${QUEUE_SINCE} on` };
  }
  if (proc === undefined) {
    return { isAble: false, text: "whether a terminal is open can be told on Linux alone" };
  }
  const server = isThere(join(home, SERVER))
    ? "its background server runs"
    : "its background server does not run, which terminals of their own do not need";
  return { isAble: true, text: `sessions of ${codex} take messages; ${server}` };
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isSocket === true;
  } catch {
    return false;
  }
}
