import type { Settings } from "../config/settings.ts";
import { readRevivals } from "../state/revivals.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import type { Circumstances } from "./judge.ts";

/**
 * How things are now, by what lies in a state directory. Needs read permission.
 *
 * @throws When what was written down of revivals cannot be understood.
 */
export async function circumstancesIn(
  directory: StateDirectory,
  { bounds, policy }: Settings,
  now: () => Date,
): Promise<Circumstances> {
  const waiting = (await waitingIn(directory)).length;
  return {
    state: directory.state(),
    bounds,
    resetBufferSeconds: policy.resetBufferSeconds,
    revivals: readRevivals(directory),
    waiting,
    now: now(),
  };
}
