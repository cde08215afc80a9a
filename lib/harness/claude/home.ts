/*
 * Where Claude Code keeps what is one account's. A guard may load it, hence no `@std/path` here.
 */

/** Names the home that counts. */
const VARIABLE = "CLAUDE_CONFIG_DIR";

/** The home that counts here, absolute: `$CLAUDE_CONFIG_DIR`, else the usual one; undefined when neither is known. */
export function claudeHome(): string | undefined {
  const asked = Deno.env.get(VARIABLE);
  if (!asked) return usualHome();
  const path = asked.startsWith("/") ? asked : `${Deno.cwd()}/${asked}`;
  return path.replace(/\/+$/, "") || "/";
}

/** Claude Code's home where nobody names one: `~/.claude`; undefined without a `HOME`. */
export function usualHome(): string | undefined {
  const home = Deno.env.get("HOME");
  return home ? `${home}/.claude` : undefined;
}

/** What a child gets that is to have this home; nothing where it has it anyway. */
export function environmentFor(home: string | undefined): Readonly<Record<string, string>> {
  return home === undefined || home === claudeHome() ? {} : { [VARIABLE]: home };
}
