/** Reads one environment variable; `Deno.env.get`, or a table in tests. */
export type Environment = (name: string) => string | undefined;

/** The name of the directory of the usual home; those of others begin so. */
export const DIRECTORY_NAME = "quota-sentry";

/** What names a state directory. */
export interface DirectoryRequest {
  /** The directory that was asked for, relative to the working directory. */
  readonly stateDir?: string;
  /** Whose quota it is for; each has a directory of its own. Undefined for the usual one's. */
  readonly provider?: string;
  /** The harness's home, links resolved, where it is not the usual one; it has a directory of its own. */
  readonly home?: string;
}

/**
 * The directory that holds the state, absolute: the one asked for, else
 * `$XDG_CACHE_HOME/quota-sentry`, else `~/.cache/quota-sentry`; for another provider than the usual one with
 * its name behind, and for another home than the usual one with that behind.
 *
 * It is on the hooks' hot path, hence no `@std/path` here.
 *
 * @returns undefined when nothing was asked for and `HOME` is not set.
 */
export function stateDirectory(
  { stateDir, provider, home: other }: DirectoryRequest,
  env: Environment,
  cwd: () => string,
): string | undefined {
  if (stateDir !== undefined) return stateDir.startsWith("/") ? stateDir : `${cwd()}/${stateDir}`;
  const own = provider ? `${DIRECTORY_NAME}-${provider}` : DIRECTORY_NAME;
  const name = other === undefined ? own : `${own}@${nameOfHome(other)}`;
  const cache = env("XDG_CACHE_HOME");
  // The XDG specification asks to ignore a relative path.
  if (cache?.startsWith("/")) return `${cache}/${name}`;
  const home = env("HOME");
  return home ? `${home}/.cache/${name}` : undefined;
}

/** So many characters of a path make a name that people can read. */
const MAX_NAME_LENGTH = 40;

/**
 * What a home is called in the name of its directory: the end of its path, for people, and a checksum of
 * all of it. Pure.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { nameOfHome } from "./location.ts";
 *
 * assertMatch(nameOfHome("/home/ann/.codex-work"), /^codex-work-[0-9a-z]{7}$/);
 * assertMatch(nameOfHome("/srv/acme/.codex"), /^acme-codex-[0-9a-z]{7}$/);
 * ```
 */
export function nameOfHome(home: string): string {
  const segments = home.split("/").map((segment) =>
    segment.replace(/^\.+/, "").replace(/[^A-Za-z0-9_-]+/g, "-")
  ).filter((segment) => segment !== "");
  // Most homes of a harness are called the same, such as `.codex`.
  const words = /\/\.[a-z]+$/.test(home) ? segments.slice(-2).join("-") : segments.at(-1) ?? "root";
  return `${words.slice(-MAX_NAME_LENGTH)}-${checksum(home)}`;
}

/** FNV-1a, 32 bits: it tells a few homes apart, and is here at once. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(36).padStart(7, "0");
}
