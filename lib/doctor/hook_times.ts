import { type Check, warn } from "./check.ts";

/** What to do about a hook that takes long. */
export const BUSY = "see whether this machine is busy";

/** How long a hook took that was let pass, in milliseconds. */
export interface HookTime {
  readonly event: string;
  readonly ms: number;
  /** One that takes longer is felt. */
  readonly budgetMs: number;
}

/** Names the hooks that are felt, in one line however many they are: it is the machine's doing. Pure. */
export function checkTimes(times: readonly HookTime[]): Check[] {
  const slow = times.filter(({ ms, budgetMs }) => ms > budgetMs);
  if (slow.length === 0) return [];
  const each = slow.map(({ event, ms, budgetMs }) => `${event} ${ms} ms, more than ${budgetMs}`);
  return [warn("hook times", `a session feels the hooks: ${each.join("; ")}`, BUSY)];
}
