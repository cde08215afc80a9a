import { basename, dirname, join } from "@std/path";
import type { Hook } from "../../hooks/hook.ts";
import type { PlacedHook } from "../../hooks/hooks_file.ts";
import { type ListedHook, unlisted } from "./trust.ts";
import type { TrustRecord } from "./trust_records.ts";

/**
 * Trust for hooks of ours that this Codex does not list, so that they are trusted from the first
 * session on once it is upgraded; it would skip them in silence.
 *
 * @param hooks The hooks as they stand in the file.
 * @param file The {@linkcode nameInKeys} of their file.
 */
export async function trustAhead(
  hooks: readonly PlacedHook[],
  listed: readonly ListedHook[],
  file: string,
): Promise<TrustRecord[]> {
  return await Promise.all(
    unlisted(listed, hooks).map(async (hook) => ({
      key: `${file}:${inSnakeCase(hook.event)}:${hook.index}:0`,
      hash: await trustHash(hook),
      enabled: true,
    })),
  );
}

/**
 * The keys under which hooks are trusted, wherever in the file they were when that was written, and
 * whether or not Codex lists them.
 *
 * @param trusted What Codex's configuration trusts.
 */
export async function keysOf(
  hooks: readonly Hook[],
  file: string,
  trusted: ReadonlyMap<string, string>,
): Promise<string[]> {
  const keys = hooks.map(async (hook) => {
    const [prefix, hash] = [`${file}:${inSnakeCase(hook.event)}:`, await trustHash(hook)];
    return [...trusted].flatMap(([key, other]) =>
      key.startsWith(prefix) && other === hash ? [key] : []
    );
  });
  return (await Promise.all(keys)).flat();
}

/**
 * How Codex's keys begin: the file's path, in which links of its directory are resolved and the file
 * itself is not (0.129 to 0.169).
 */
export async function nameInKeys(hooksPath: string): Promise<string> {
  return join(await Deno.realPath(dirname(hooksPath)), basename(hooksPath));
}

/** Events whose matcher Codex ignores, and leaves out of the hash. */
const WITHOUT_MATCHER = ["PreModelRequest", "UserPromptSubmit"];

/**
 * The hash by which Codex knows a hook that it trusts: SHA-256 of its definition as compact JSON with
 * sorted keys (the same from 0.158 to 0.169).
 */
export async function trustHash({ event, group }: Hook): Promise<string> {
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
