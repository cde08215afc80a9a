import { placeOf, type SessionMeta, type TurnContext } from "./lines.ts";

/** What `codex -a` takes (0.169). */
const TAKEN = ["on-request", "never"];

/** What else belongs to that sandbox. */
const WORKSPACE_WRITE = [
  "network_access",
  "exclude_slash_tmp",
  "exclude_tmpdir_env_var",
] as const;

/**
 * The command that goes on with a session as it was, but for the message. Pure. Codex remembers neither
 * sandbox nor approval of an `exec` by itself (seen with 0.169.0): they are said again, as the session's
 * own file has them.
 */
export function resumeCommand(
  meta: SessionMeta,
  { model, approval_policy, sandbox_policy }: TurnContext,
): string[] {
  const { id, git } = meta;
  const { type, writable_roots } = sandbox_policy;
  const isTerminal = placeOf(meta) !== "run";
  // With `-c` a terminal keeps away from the background server, which may still have the session.
  const approval = isTerminal && TAKEN.includes(approval_policy) ? ["-a", approval_policy] : [];
  const settings = [
    ...(isTerminal ? [] : [["approval_policy", approval_policy]]),
    // Said also where it is off: the user's configuration may have it on.
    ...(type === "workspace-write"
      ? WORKSPACE_WRITE.flatMap((key) => {
        const value = sandbox_policy[key] ?? false;
        return isTerminal && !value ? [] : [[`sandbox_workspace_write.${key}`, value]];
      })
      : []),
  ];
  return [
    "codex",
    isTerminal ? "resume" : "exec",
    "-s",
    type,
    "-m",
    model,
    ...approval,
    ...(type === "workspace-write" ? writable_roots ?? [] : []).flatMap((root) => [
      "--add-dir",
      root,
    ]),
    ...settings.flatMap(([key, value]) => ["-c", `${key}=${JSON.stringify(value)}`]),
    // Outside a repository Codex asks for it.
    ...(isTerminal || git ? [] : ["--skip-git-repo-check"]),
    ...(isTerminal ? [id] : ["resume", id]),
  ];
}
