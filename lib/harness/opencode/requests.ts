import type { RequestKind } from "../harness.ts";

/** What our plugin is called on before each request to a model. */
export const GATE = "chat.params";

/** What OpenCode asks a model for: seen with 1.18.33 against a model on loopback. */
export const REQUESTS: readonly RequestKind[] = [
  { name: "a prompt", gates: [GATE] },
  { name: "each later request of a turn", gates: [GATE] },
  { name: "each request of a sub-agent", gates: [GATE] },
  { name: "a compaction", gates: [GATE], note: "automatic ones and /compact" },
  {
    name: "the title of a session",
    gates: [],
    note: "one small request beside the first prompt",
    otherwise: "held, it would stand in nobody's sight",
  },
];
