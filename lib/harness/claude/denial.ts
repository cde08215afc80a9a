import type { HeldStep } from "../../state/queue.ts";

/**
 * What Claude Code reads as a denial: JSON on stdout with exit code 0 (seen with 2.1.197 and 2.1.331). A
 * prompt that is denied is not sent, a sub-agent not started; after a batch of tool calls the turn ends
 * there, with no further request. Only a user's own settings, or `cancel`, ask for one.
 *
 * @param step What is denied; undefined where that is not known.
 */
export function denialText(reason: string, step: HeldStep | undefined): string {
  const answer = step === "tool"
    ? {
      hookSpecificOutput: {
        hookEventName: "PreToolUse",
        permissionDecision: "deny",
        permissionDecisionReason: reason,
      },
    }
    : { decision: "block", reason };
  return `${JSON.stringify(answer)}\n`;
}
