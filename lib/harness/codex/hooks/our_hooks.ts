import type { HookProgram } from "../../harness.ts";
import {
  ANY_PROGRAM,
  guardHandler,
  type Hook,
  hook,
  missingEvents,
  startHandler,
} from "../../hooks/hook.ts";

/** Longer than any hold: 32 days, while no window is longer than 30. Codex takes up to 366. */
const GUARD_TIMEOUT_SECONDS = 32 * 86_400;

/** The hooks that guard a Codex session. */
export function ourHooks(program: HookProgram): Hook[] {
  const guard = (word: string, args: readonly string[]) =>
    guardHandler(program, [word], args, GUARD_TIMEOUT_SECONDS);
  return [
    hook("SessionStart", "startup|resume|clear|compact", startHandler(program, [])),
    hook("UserPromptSubmit", undefined, guard("--start-daemon", program.guardArguments)),
    // Every request to the model but those that compact; Codex ignores a matcher here.
    hook("PreModelRequest", undefined, guard("--on=model", program.guardArguments)),
    // Those: whether the agent asks for it or the user (its matcher tests `auto` and `manual`).
    hook("PreCompact", ".*", guard("--on=compact", program.guardArguments)),
    hook("PreToolUse", ".*", guard("--on=tool", program.stateOnlyArguments)),
  ];
}

/** The events of ours that are not among these. */
export function eventsMissingIn(hooks: readonly Hook[]): string[] {
  return missingEvents(ourHooks(ANY_PROGRAM), hooks);
}
