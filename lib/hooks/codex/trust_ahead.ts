import type { PlacedHook } from "./hooks_file.ts";
import type { CodexHook } from "./our_hooks.ts";
import { type ListedHook, type TrustChange, unlisted } from "./trust.ts";

/**
 * Trust for hooks of ours that this Codex does not list, so that they are trusted from the first
 * session on once it is upgraded; it would skip them in silence.
 *
 * @param hooks The hooks as they stand in the file.
 * @param listed What Codex lists of that file: how it names the file is taken from there.
 */
export async function trustAhead(
  hooks: readonly PlacedHook[],
  listed: readonly ListedHook[],
): Promise<TrustChange[]> {
  const file = fileNamedIn(listed);
  if (file === undefined) return [];
  return await Promise.all(
    unlisted(listed, hooks).map(async (hook) => ({
      key: `${file}:${inSnakeCase(hook.event)}:${hook.index}:0`,
      hash: await trustHash(hook),
      enabled: true,
    })),
  );
}

/**
 * The keys under which such trust stands in Codex's configuration, wherever in the file the hooks were
 * when it was written.
 *
 * @param hooks The hooks that it was written for.
 * @param trusted Codex's {@linkcode trustedHashes}.
 */
export async function keysAhead(
  hooks: readonly PlacedHook[],
  listed: readonly ListedHook[],
  trusted: ReadonlyMap<string, string>,
): Promise<string[]> {
  const file = fileNamedIn(listed);
  if (file === undefined) return [];
  const keys = unlisted(listed, hooks).map(async (hook) => {
    const [prefix, hash] = [`${file}:${inSnakeCase(hook.event)}:`, await trustHash(hook)];
    return [...trusted].flatMap(([key, other]) =>
      key.startsWith(prefix) && other === hash ? [key] : []
    );
  });
  return (await Promise.all(keys)).flat();
}

/** Codex's keys begin with the file's path. */
function fileNamedIn([first]: readonly ListedHook[]): string | undefined {
  return first?.key.replace(/:[a-z_]+:\d+:\d+$/, "");
}

/** Events whose matcher Codex ignores, and leaves out of the hash. */
const WITHOUT_MATCHER = ["PreModelRequest", "UserPromptSubmit"];

/**
 * The hash by which Codex knows a hook that it trusts: SHA-256 of its definition as compact JSON with
 * sorted keys (the same from 0.158 to 0.169).
 */
export async function trustHash({ event, group }: CodexHook): Promise<string> {
  const [{ command, statusMessage, timeout, type }] = group.hooks;
  const definition = {
    event_name: inSnakeCase(event),
    hooks: [{ async: false, command, statusMessage, timeout, type }],
    // One that is undefined is left out.
    matcher: WITHOUT_MATCHER.includes(event) ? undefined : group.matcher,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(definition));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function inSnakeCase(event: string): string {
  return event.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
