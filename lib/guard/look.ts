import { DEFAULT_GUARD_RULES } from "../state/state.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import type { GuardOptions } from "./arguments.ts";
import type { Evidence } from "./verdict.ts";

/** What is known now. */
export function look(directory: StateDirectory, options: GuardOptions): Evidence {
  const state = directory.state();
  return {
    state,
    now: new Date(),
    isDaemonAlive: directory.isDaemonAlive(),
    maxStateAgeSeconds: options.maxStateAgeSeconds ??
      (state?.guard ?? DEFAULT_GUARD_RULES).maxStateAgeSeconds,
  };
}
