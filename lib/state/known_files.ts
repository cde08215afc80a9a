import { STATE_FILES } from "./files.ts";
import { HISTORY_DIRECTORY, HISTORY_MARK } from "./history_files.ts";

const OURS =
  /^(state\.json|quota-sentry\..*|queue|turns|requests|statusline|history|simulation\.json|\..*\.tmp)$/;

/** True for a name that we, or another version of us, may give to files in a state directory. */
export function isOurFile(name: string): boolean {
  return OURS.test(name);
}

const NAMES: readonly string[] = [...Object.values(STATE_FILES), HISTORY_DIRECTORY, HISTORY_MARK];

/** True for a name that this version gives to files in a state directory. */
export function isKnownFile(name: string): boolean {
  return NAMES.includes(name) || /^(quota-sentry\.log\.\d|\..*\.tmp)$/.test(name);
}
