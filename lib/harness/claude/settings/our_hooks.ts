import type { HookProgram } from "../../harness.ts";
import {
  ANY_PROGRAM,
  guardHandler,
  type Hook,
  hook,
  missingEvents,
  startHandler,
} from "../../hooks/hook.ts";

/**
 * Longer than any hold on a week: 23 days. Versions up to 2.1.197 end every hook at once whose timeout
 * is more than 2^31 milliseconds (2,147,483 s); the defaults are too short to hold anybody.
 */
const GUARD_TIMEOUT_SECONDS = 2_000_000;

/** Says whose hooks they are. */
const PROVIDER = "--provider=claude";

/** The tools that start a sub-agent: `Task` is what older versions call it. */
const AGENT_TOOLS = "Agent|Task";

/**
 * The hooks that guard a Claude Code session. It has none before a request to the model, but these stand
 * before each: a prompt; the end of a batch of tool calls, in a sub-agent too, behind which the next
 * request comes; the start of a sub-agent; and a compaction (seen with 2.1.197). Where Claude Code has
 * waited at its limit by itself, it goes on with a prompt, which passes here (seen with 2.1.331).
 *
 * Two that would have nothing to do are not among them. StopFailure comes when the limit has refused a
 * request: it can hold nothing, has no numbers, and what they were the status line is told with the same
 * answer. SessionEnd is not called in a session that is killed: what a session leaves is seen and cleared
 * without it.
 */
export function ourHooks(program: HookProgram): Hook[] {
  const guard = (word: string, args: readonly string[]) =>
    guardHandler(program, [word, PROVIDER], args, GUARD_TIMEOUT_SECONDS);
  return [
    hook("SessionStart", undefined, startHandler(program, [PROVIDER])),
    hook("UserPromptSubmit", undefined, guard("--start-daemon", program.guardArguments)),
    hook("PostToolBatch", undefined, guard("--on=request", program.guardArguments)),
    hook("PreToolUse", AGENT_TOOLS, guard("--on=tool", program.stateOnlyArguments)),
    hook("PreCompact", undefined, guard("--on=compact", program.guardArguments)),
  ];
}

/** The events of ours that are not among these. */
export function eventsMissingIn(hooks: readonly Hook[]): string[] {
  return missingEvents(ourHooks(ANY_PROGRAM), hooks);
}
