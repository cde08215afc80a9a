import { DEFAULT_GUARD_RULES, formatState, type State } from "../../lib/state/state.ts";

/** So many seconds from now. */
export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);

/** An open state, of a reading of now. */
export function stateWith(fields: Partial<State> = {}): State {
  const now = new Date();
  return {
    status: "open",
    reason: "test",
    usedPercent: 10,
    windowMinutes: 300,
    resetsAt: null,
    blockedUntil: null,
    blockMinutes: null,
    updatedAt: now,
    readAt: now,
    guard: DEFAULT_GUARD_RULES,
    droppedAt: undefined,
    source: "test",
    advice: [],
    windows: [],
    account: null,
    plan: null,
    credits: null,
    burn: undefined,
    sample: undefined,
    block: undefined,
    holds: [],
    following: undefined,
    known: undefined,
    forgottenAt: undefined,
    ...fields,
  };
}

/** A state that blocks for so many seconds. */
export function blockedFor(seconds: number, fields: Partial<State> = {}): State {
  return stateWith({
    status: "blocked",
    blockedUntil: inSeconds(seconds),
    blockMinutes: 300,
    ...fields,
  });
}

/** Writes the state of a directory. */
export function writeState(directory: string, state: State): void {
  Deno.writeTextFileSync(`${directory}/state.json`, formatState(state));
}
