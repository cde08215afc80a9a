import type { GuardedStep } from "../../guard/arguments.ts";

/**
 * What Claude Code reads as a denial: JSON on stdout with exit code 0 (seen with 2.1.197 and 2.1.331). A
 * prompt that is denied is not sent, a sub-agent not started; after a batch of tool calls the turn ends
 * there, with no further request. Only a user's own settings, or `cancel`, ask for one.
 *
 * @param on What is denied; undefined for a prompt.
 */
export function denialText(reason: string, on: GuardedStep | undefined): string {
  const answer = on === "tool"
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
