import type { RequestKind } from "../harness.ts";

/**
 * What Claude Code asks a model for, and the hooks that stand before it: seen with 2.1.197 against a model
 * on loopback.
 */
export const REQUESTS: readonly RequestKind[] = [
  { name: "a prompt", gates: ["UserPromptSubmit"], note: "also what a background task reports" },
  { name: "each later request of a turn", gates: ["PostToolBatch"] },
  { name: "the start of a sub-agent", gates: ["PreToolUse"] },
  { name: "each later request of a sub-agent", gates: ["PostToolBatch"] },
  { name: "a compaction", gates: ["PreCompact"], note: "automatic ones and /compact" },
  {
    name: "what goes on without a tool",
    gates: [],
    note: "where another program's Stop hook has the agent go on",
  },
];
