import * as z from "zod";

/*
 * Lines of a session's file that tell who it was, as Codex 0.169 writes them. What is not read here is
 * left as it is.
 */

/** An id of Codex's: it is written into commands. */
const Id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** A path as it may stand in a command. */
const Path = z.string().startsWith("/");

/** The end of a turn that was refused for want of quota. */
export const TaskComplete = z.looseObject({
  timestamp: z.string(),
  type: z.literal("event_msg"),
  payload: z.looseObject({
    type: z.literal("task_complete"),
    turn_id: Id,
    error: z.looseObject({
      message: z.string(),
      codex_error_info: z.literal("usage_limit_exceeded"),
    }),
  }),
});

/** The first line: who the session is. */
export const SessionMeta = z.looseObject({
  type: z.literal("session_meta"),
  payload: z.looseObject({
    id: Id,
    cwd: Path,
    /** When it was begun. */
    timestamp: z.string().nullish(),
    /** `exec`, `cli`, `vscode`; an object for a sub-agent. */
    source: z.unknown(),
    /** Who began it. A terminal that shares the background server is `codex-tui`, of source `vscode`. */
    originator: z.string().nullish(),
    /** From which session this one was copied. */
    forked_from_id: z.string().nullish(),
    /** Whose it is; 0.169 writes it. */
    creator_account_id: z.string().nullish(),
    git: z.looseObject({ branch: z.string().nullish() }).nullish().catch(undefined),
  }),
});
/** What the first line says. */
export type SessionMeta = z.infer<typeof SessionMeta>["payload"];

/** Where a session was begun; see `Death`. */
export function placeOf({ source, originator }: SessionMeta): "run" | "terminal" | "elsewhere" {
  if (source === "exec") return "run";
  return source === "cli" || originator === "codex-tui" ? "terminal" : "elsewhere";
}

/** With what a turn was begun. */
export const TurnContext = z.looseObject({
  type: z.literal("turn_context"),
  payload: z.looseObject({
    turn_id: z.string().nullish(),
    cwd: Path.nullish(),
    model: z.string().regex(/^[\w.:/-]{1,100}$/),
    approval_policy: z.string(),
    sandbox_policy: z.looseObject({
      type: z.enum(["danger-full-access", "workspace-write", "read-only"]),
      /** They are written into commands, which somebody reads. */
      writable_roots: z.array(Path.regex(/^\P{C}*$/u)).nullish(),
      network_access: z.boolean().nullish(),
      exclude_slash_tmp: z.boolean().nullish(),
      exclude_tmpdir_env_var: z.boolean().nullish(),
    }),
  }),
});
/** What such a line says. */
export type TurnContext = z.infer<typeof TurnContext>["payload"];

/**
 * True for a line that says with what the next turn is to be begun, which Codex writes where somebody
 * chooses a model, or answers its question for another one: that is no turn (seen with 0.169.0).
 */
export function isSettingsLine(line: string): boolean {
  return line.includes('"type":"thread_settings_applied"');
}
