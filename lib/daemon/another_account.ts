import { settle } from "../quota/block.ts";
import { decide } from "../quota/decision.ts";
import type { Reading } from "../quota/reading.ts";
import { newState } from "./new_state.ts";
import type { RecordOptions } from "./record.ts";

/** Until the new account's has come. */
const READING: Reading = {
  kind: "failed",
  source: "auto",
  reason: "another account was signed in, whose quota has not been read yet",
};

/**
 * Forgets what was known of the quota, and what is held on it: somebody else is signed in, and all that was
 * of the account before. What the user did, such as how often he was held today, stays.
 *
 * @throws When the state cannot be written.
 */
export async function forgetAccount(options: RecordOptions): Promise<void> {
  const { directory, settings, clock } = options;
  using _lock = await directory.lockToRecord();
  const state = directory.state();
  if (state === undefined) return;
  const at = clock.now();
  const guard = { ...state.guard, notBeyond: null };
  const before = { ...state, guard, block: undefined, known: undefined, sample: undefined };
  const settled = settle(undefined, READING, decide(READING, settings.policy, at), at);
  const following = options.following?.() ?? state.following;
  directory.commit(newState({
    before,
    reading: READING,
    settled,
    readAt: at,
    burn: undefined,
    sample: undefined,
    following,
    settings,
    areRules: true,
    at,
    dropped: "account",
  }));
  await directory.wake("look");
}
