import type { HookProgram } from "../harness.ts";
import { shellQuote } from "../shell_quote.ts";

/** One hook as `hooks.json` has it: a group with a single handler under an event. */
export interface CodexHook {
  readonly event: string;
  readonly group: {
    /** A regular expression for what the event is about; left out where Codex ignores it. */
    readonly matcher?: string;
    readonly hooks: readonly [CodexHandler];
  };
}

/** A handler as `hooks.json` has it. */
export interface CodexHandler {
  readonly type: "command";
  readonly command: string;
  /** Seconds; Codex kills the hook then, and the turn goes on. */
  readonly timeout: number;
  /** What the TUI shows while the hook runs. */
  readonly statusMessage: string;
}

/** Every status message of ours begins with this; Codex shows it to the user. */
const NAME = "Quota Sentry";

/** Longer than any hold: 32 days, while no window is longer than 30. Codex takes up to 366. */
const GUARD_TIMEOUT_SECONDS = 32 * 86_400;

/** `start` gives up after 10 s. */
const START_TIMEOUT_SECONDS = 60;

/** The hooks that guard a Codex session. */
export function ourHooks(program: HookProgram): CodexHook[] {
  const command = (words: readonly string[], args: readonly string[]) =>
    [shellQuote(program.path), ...words, ...args.map(shellQuote)].join(" ");
  const holding = `${NAME}: checking the quota; waits for the reset if it is spent`;
  return [
    hook("SessionStart", "startup|resume|clear|compact", {
      command: command(["start", "--quiet"], program.startArguments),
      timeout: START_TIMEOUT_SECONDS,
      statusMessage: `${NAME}: watching the quota`,
    }),
    hook("UserPromptSubmit", undefined, {
      command: command(["guard", "--start-daemon"], program.guardArguments),
      timeout: GUARD_TIMEOUT_SECONDS,
      statusMessage: holding,
    }),
    hook("PreToolUse", ".*", {
      command: command(["guard", "--state-only"], program.stateOnlyArguments),
      timeout: GUARD_TIMEOUT_SECONDS,
      statusMessage: holding,
    }),
  ];
}

function hook(
  event: string,
  matcher: string | undefined,
  handler: Omit<CodexHandler, "type">,
): CodexHook {
  const group = { hooks: [{ type: "command", ...handler }] as [CodexHandler] };
  return { event, group: matcher === undefined ? group : { matcher, ...group } };
}

/** A call of this program, or of the Python tool of the same name, with a command that hooks use. */
const OUR_COMMAND = /(^|[\s/'"])quota[-_]sentry(-hook)?(\.\w+)?['"]?\s+(guard|start|daemon)(\s|$)/;

/** True for a handler that this program installed, in this version or an earlier one. */
export function isOurs(handler: unknown): boolean {
  if (typeof handler !== "object" || handler === null) return false;
  const { command, statusMessage } = handler as Record<string, unknown>;
  if (typeof command === "string" && OUR_COMMAND.test(command)) return true;
  return typeof statusMessage === "string" && statusMessage.startsWith(`${NAME}: `);
}
