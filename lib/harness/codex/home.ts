import { join, resolve } from "@std/path";

/** Codex's directory: `$CODEX_HOME`, else `~/.codex`; undefined when neither is known. */
export function codexHome(): string | undefined {
  const asked = Deno.env.get("CODEX_HOME");
  if (asked) return resolve(asked);
  const home = Deno.env.get("HOME");
  return home ? join(home, ".codex") : undefined;
}
