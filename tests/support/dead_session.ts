import type { Sandbox } from "./sandbox.ts";

/** How a session died. */
export interface DeadOptions {
  /** Who it is; also what is in its turn's id. */
  readonly number?: number;
  readonly place?: "run" | "terminal" | "app" | "agent";
  /** Seconds from now; in the past by default. */
  readonly diedIn?: number;
  readonly resetsIn?: number;
  readonly usedPercent?: number;
  /** What Codex said; the usual words by default. */
  readonly message?: string;
  readonly cwd?: string;
  /** More fields of its first line. */
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly sandbox?: Readonly<Record<string, unknown>>;
  /** Lines behind its end. */
  readonly behind?: readonly unknown[];
  /** The home that it is kept in; the sandbox's by default. */
  readonly home?: string;
}

/** A session that died, as its file has it. */
export interface DeadSession {
  readonly id: string;
  readonly turn: string;
  readonly path: string;
}

const SOURCES = {
  run: { source: "exec", originator: "codex_exec" },
  terminal: { source: "vscode", originator: "codex-tui" },
  app: { source: "vscode", originator: "codex_vscode" },
  agent: { source: { subagent: { thread_spawn: { depth: 1 } } }, originator: "codex-tui" },
} as const;

const USUAL = "You’ve hit your usage limit. Upgrade to Pro or try again at 4:18 PM.";

/** Writes the file of a session that died at the wall, as Codex 0.169 does. */
export function deadSession(box: Sandbox, options: DeadOptions = {}): DeadSession {
  const { number = 1, place = "terminal", diedIn = -60, resetsIn = -10, usedPercent = 100 } =
    options;
  const hex = number.toString(16).padStart(12, "0");
  const [id, turn] = [`01a20000-0000-7000-8000-${hex}`, `01a20001-0000-7000-8000-${hex}`];
  const seconds = (from: number) => Math.floor(Date.now() / 1000 + from);
  const at = new Date(Date.now() + diedIn * 1000).toISOString();
  const line = (type: string, payload: unknown) =>
    JSON.stringify({ timestamp: at, ordinal: 0, type, payload });
  const cwd = options.cwd ?? box.home;
  const { home = box.codexHome } = options;
  const lines = [
    line("session_meta", { id, cwd, cli_version: "0.169.0", ...SOURCES[place], ...options.meta }),
    line("event_msg", { type: "task_started", turn_id: turn }),
    line("turn_context", {
      turn_id: turn,
      cwd,
      approval_policy: "never",
      model: "mock",
      sandbox_policy: options.sandbox ?? { type: "danger-full-access" },
    }),
    line("event_msg", {
      type: "token_count",
      info: null,
      rate_limits: {
        limit_id: "codex",
        primary: { used_percent: usedPercent, window_minutes: 300, resets_at: seconds(resetsIn) },
        secondary: null,
        plan_type: null,
      },
    }),
    line("event_msg", {
      type: "task_complete",
      turn_id: turn,
      last_agent_message: null,
      error: {
        message: options.message ?? USUAL,
        codex_error_info: "usage_limit_exceeded",
      },
    }),
    ...(options.behind ?? []).map((each) => JSON.stringify(each)),
  ];
  const directory = `${home}/sessions/2026/01/02`;
  Deno.mkdirSync(directory, { recursive: true });
  const path = `${directory}/rollout-2026-01-02T03-04-05-${id}.jsonl`;
  Deno.writeTextFileSync(path, lines.map((each) => `${each}\n`).join(""));
  return { id, turn, path };
}
