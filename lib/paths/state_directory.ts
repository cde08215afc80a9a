/** Reads one environment variable; `Deno.env.get`, or a table in tests. */
export type Environment = (name: string) => string | undefined;

/**
 * The directory that holds the state, absolute: the one asked for (relative to the working
 * directory), else `$XDG_CACHE_HOME/quota-sentry`, else `~/.cache/quota-sentry`.
 *
 * It is on the hooks' hot path, hence no `@std/path` here.
 *
 * @returns undefined when nothing was asked for and `HOME` is not set.
 */
export function stateDirectory(
  asked: string | undefined,
  env: Environment,
  cwd: () => string,
): string | undefined {
  if (asked !== undefined) return asked.startsWith("/") ? asked : `${cwd()}/${asked}`;
  const cache = env("XDG_CACHE_HOME");
  // The XDG specification asks to ignore a relative path.
  if (cache?.startsWith("/")) return `${cache}/quota-sentry`;
  const home = env("HOME");
  return home ? `${home}/.cache/quota-sentry` : undefined;
}
