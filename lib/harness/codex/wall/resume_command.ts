import { placeOf, type SessionMeta, type TurnContext } from "./lines.ts";

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
  const { type, writable_roots, network_access } = sandbox_policy;
  const isTerminal = placeOf(meta) !== "run";
  const settings = [
    ["approval_policy", approval_policy],
    ...(type === "workspace-write" && network_access
      ? [["sandbox_workspace_write.network_access", true]]
      : []),
  ];
  return [
    "codex",
    isTerminal ? "resume" : "exec",
    "-s",
    type,
    "-m",
    model,
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
