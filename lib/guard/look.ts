import { isDaemonAlive } from "../state/daemon_lock.ts";
import { STATE_FILES } from "../state/files.ts";
import { DEFAULT_GUARD_RULES, readState } from "../state/state.ts";
import type { GuardOptions } from "./arguments.ts";
import type { Evidence } from "./verdict.ts";

/** What is known now. */
export function look(directory: string, options: GuardOptions): Evidence {
  const state = readState(`${directory}/${STATE_FILES.state}`);
  return {
    state,
    now: new Date(),
    isDaemonAlive: isDaemonAlive(directory),
    maxStateAgeSeconds: options.maxStateAgeSeconds ??
      (state?.guard ?? DEFAULT_GUARD_RULES).maxStateAgeSeconds,
  };
}
