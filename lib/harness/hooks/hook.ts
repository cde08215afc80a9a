import type { HookProgram } from "../harness.ts";
import { hookCommand } from "./hook_command.ts";

/** `start` gives up after 10 s. */
const START_TIMEOUT_SECONDS = 60;

/** One hook as a hooks file has it: a group with a single handler under an event. */
export interface Hook {
  readonly event: string;
  readonly group: {
    /** For what the event is about; left out where the harness ignores it. */
    readonly matcher?: string;
    readonly hooks: readonly [Handler];
  };
}

/** A handler as a hooks file has it. */
export interface Handler {
  readonly type: "command";
  readonly command: string;
  /** Seconds; the harness ends the hook then, and the turn goes on. */
  readonly timeout: number;
  /** What the harness shows while the hook runs. */
  readonly statusMessage: string;
}

/** Every status message of ours begins with this; a harness shows it to the user. */
export const NAME = "Quota Sentry";

/** What the hooks call, for who only wants to know their form. */
export const ANY_PROGRAM: HookProgram = {
  path: "/quota-sentry",
  startArguments: [],
  guardArguments: [],
  stateOnlyArguments: [],
};

/** One hook of ours. */
export function hook(
  event: string,
  matcher: string | undefined,
  handler: Omit<Handler, "type">,
): Hook {
  const group = { hooks: [{ type: "command", ...handler }] as [Handler] };
  return { event, group: matcher === undefined ? group : { matcher, ...group } };
}

/** What a handler of ours that guards has in common with the others. */
export function guardHandler(
  { path }: HookProgram,
  words: readonly string[],
  args: readonly string[],
  timeout: number,
): Omit<Handler, "type"> {
  return {
    command: hookCommand(path, ["guard", ...words], args),
    timeout,
    statusMessage: `${NAME}: checking the quota; waits for the reset if it is spent`,
  };
}

/** What one of ours that starts the daemon has. */
export function startHandler(
  { path, startArguments }: HookProgram,
  words: readonly string[],
): Omit<Handler, "type"> {
  return {
    command: hookCommand(path, ["start", "--quiet", ...words], startArguments),
    timeout: START_TIMEOUT_SECONDS,
    statusMessage: `${NAME}: watching the quota`,
  };
}

/** The events of the hooks that are wanted which are not among these. */
export function missingEvents(wanted: readonly Hook[], hooks: readonly Hook[]): string[] {
  return wanted.map(({ event }) => event)
    .filter((event) => !hooks.some((hook) => hook.event === event));
}
