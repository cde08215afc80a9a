import { CLOCK, type Clock } from "../process/clock.ts";
import { meets } from "../quota/nearness.ts";
import type { QuotaState } from "../state/state.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import type { GuardOptions } from "./arguments.ts";
import type { LoadCaller } from "../harness/callers.ts";
import type { HookInput } from "./input.ts";
import { look } from "./look.ts";

/**
 * How long a request waits for the daemon, in milliseconds. It takes a few; on a machine that is busy
 * to its limit, a second.
 */
const PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 10;

/**
 * Waits for the daemon where this session itself has just met the wall, and the state does not say so
 * yet: what the session was told is in its file before it asks the model again, and on a busy machine
 * the daemon may not have come to it. Whether it holds is for the daemon to decide.
 *
 * @returns True when there is a later state than the one given.
 */
export async function daemonHasCaughtUp(
  state: QuotaState | undefined,
  directory: StateDirectory,
  options: GuardOptions,
  input: Pick<HookInput, "transcript">,
  caller: LoadCaller,
  clock: Clock = CLOCK,
): Promise<boolean> {
  const transcript = await input.transcript();
  if (!state || transcript === undefined) return false;
  const reading = await (await caller())?.lastReading(transcript, directory);
  if (!reading || reading.asOf <= state.readAt) return false;
  if (!meets(reading.windows, state.guard.holdAt)) return false;
  const deadline = clock.monotonicMs() + PATIENCE_MS;
  while (clock.monotonicMs() < deadline) {
    const { state: later } = look(directory, options);
    if (later && later.readAt >= reading.asOf) return true;
    await clock.delay(LOOK_EVERY_MS);
  }
  return false;
}
