/*
 * Where Codex keeps what is one account's. It is on the hooks' hot path, hence no `@std/path` here.
 */

/** The home that counts here, absolute: `$CODEX_HOME`, else the usual one; undefined when neither is known. */
export function codexHome(): string | undefined {
  const asked = Deno.env.get("CODEX_HOME");
  if (!asked) return usualHome();
  const path = asked.startsWith("/") ? asked : `${Deno.cwd()}/${asked}`;
  return path.replace(/\/+$/, "") || "/";
}

/** Codex's home where nobody names one: `~/.codex`; undefined without a `HOME`. */
export function usualHome(): string | undefined {
  const home = Deno.env.get("HOME");
  return home ? `${home}/.codex` : undefined;
}

/** A home with its links resolved, unless it is the usual one: that is undefined. Needs read permission. */
export function unusual(home: string | undefined): string | undefined {
  const usual = usualHome();
  if (home === undefined || home === usual) return undefined;
  const real = realPath(home);
  return usual !== undefined && real === realPath(usual) ? undefined : real;
}

/**
 * What a child gets that is to have this home; nothing where it has it anyway. The usual one is not named:
 * Codex resolves the links of one that is, and keeps its trust under other names.
 */
export function environmentFor(home: string | undefined): Readonly<Record<string, string>> {
  if (home === undefined || home === codexHome()) return {};
  return { CODEX_HOME: home === usualHome() ? "" : home };
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // It has gone, or is not there yet.
    return path;
  }
}
