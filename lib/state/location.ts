/** Reads one environment variable; `Deno.env.get`, or a table in tests. */
export type Environment = (name: string) => string | undefined;

/** What names a state directory. */
export interface DirectoryRequest {
  /** The directory that was asked for, relative to the working directory. */
  readonly stateDir?: string;
  /** Whose quota it is for; each provider but Codex has a directory of its own. */
  readonly provider?: string;
}

/**
 * The directory that holds the state, absolute: the one asked for, else
 * `$XDG_CACHE_HOME/quota-sentry`, else `~/.cache/quota-sentry`; for another provider than Codex with
 * its name behind.
 *
 * It is on the hooks' hot path, hence no `@std/path` here.
 *
 * @returns undefined when nothing was asked for and `HOME` is not set.
 */
export function stateDirectory(
  { stateDir, provider }: DirectoryRequest,
  env: Environment,
  cwd: () => string,
): string | undefined {
  if (stateDir !== undefined) return stateDir.startsWith("/") ? stateDir : `${cwd()}/${stateDir}`;
  const name = !provider || provider === "codex" ? "quota-sentry" : `quota-sentry-${provider}`;
  const cache = env("XDG_CACHE_HOME");
  // The XDG specification asks to ignore a relative path.
  if (cache?.startsWith("/")) return `${cache}/${name}`;
  const home = env("HOME");
  return home ? `${home}/.cache/${name}` : undefined;
}
