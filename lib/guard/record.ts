import { logLine } from "../state/log.ts";
import { appendElsewhere } from "../files/elsewhere.ts";
import { STATE_FILES } from "../state/files.ts";
import type { Holder } from "./holder.ts";

/** Notes something about a hold in the log; it never throws. */
export async function record(holder: Holder, text: string): Promise<void> {
  const { directory, options, parent } = holder;
  // Of the process that waits.
  const pid = options.hold === undefined ? Deno.pid : parent;
  try {
    const line = logLine(`guard ${pid}: ${text}`, new Date());
    const path = `${directory}/${STATE_FILES.log}`;
    if (!isLink(path)) await appendElsewhere(path, line);
  } catch {
    // A line that is lost must not cost the agent anything.
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}
