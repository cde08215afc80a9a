import type { RequestKind } from "../../harness.ts";

/**
 * What Codex asks a model for, and the hooks that stand before it: seen with 0.169.0 against a model
 * on loopback.
 */
export const REQUESTS: readonly RequestKind[] = [
  { name: "a prompt", gates: ["UserPromptSubmit", "PreModelRequest"] },
  { name: "the first request of a turn", gates: ["PreModelRequest", "UserPromptSubmit"] },
  {
    name: "each later request of a turn",
    gates: ["PreModelRequest"],
    otherwise: "in code mode the model goes on after 30 s while its tool is held",
  },
  { name: "a compaction", gates: ["PreCompact"], note: "automatic ones and /compact" },
  { name: "a tool call", gates: ["PreToolUse"], note: "costs no quota itself" },
  { name: "sub-agents", gates: ["PreModelRequest"], note: "and the agent that waits for them" },
  { name: "a goal that goes on", gates: ["PreModelRequest"], note: "without a prompt" },
  { name: "a review", gates: ["PreModelRequest"] },
  { name: "codex queue", gates: ["UserPromptSubmit", "PreModelRequest"] },
  {
    name: "the title of a task",
    gates: [],
    note: "the TUI's, one for each new task; Codex calls no hook for it",
  },
];
