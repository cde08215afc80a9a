import { digestOf } from "../../files/digest.ts";
import type { HookProgram } from "../harness.ts";
import { hookScriptFor } from "../hook_script.ts";
import type { Account } from "./accounts.ts";
import plugin from "./quota-sentry.js" with { type: "text" };

/** The name of the plugin's file. */
export const PLUGIN_NAME = "quota-sentry.js";

/** What the plugin is written with. */
export interface Given {
  /** Absolute path of the program. */
  readonly program: string;
  /** What stands in front of it, without a state; null where the user wants nothing there. */
  readonly script: string | null;
  /** By OpenCode's name of a provider, whose quota is looked at, and where. */
  readonly accounts: Readonly<Record<string, Account>>;
  /** Directories that were made for it, the innermost first; absolute. */
  readonly made: readonly string[];
}

/** What is to be written for a program. */
export function givenFor(
  program: HookProgram,
  accounts: Given["accounts"],
  made: readonly string[],
): Given {
  const { path, stateDirectory } = program;
  const script = stateDirectory === undefined ? null : hookScriptFor(path);
  return { program: path, script, accounts, made };
}

/** The plugin's text. */
export async function pluginText(given: Given): Promise<string> {
  const text = plugin.replace("const GIVEN = {};", () => `const GIVEN = ${JSON.stringify(given)};`);
  return text.replace(CHECKSUM, await checksumOf(text));
}

const CHECKSUM = "CHECKSUM";

/** How each of ours begins, of whatever version. */
const OURS = /^\/\/ Written by quota-sentry install-hook\b.* SHA-256 ([0-9a-f]{64})\n/;

/** Whose a file is. */
export type Plugin =
  /** As some version of ours has written it. */
  | { readonly kind: "ours"; readonly given: Given }
  /** It was ours, and somebody has changed it since. */
  | { readonly kind: "changed" }
  | { readonly kind: "others" };

/** Whether some version of ours wrote a file; somebody may have changed it since. */
export function isOurs(text: string): boolean {
  return /\/\/ Written by quota-sentry install-hook\b/.test(text);
}

/** Looks whose a file is, by its text. */
export async function readPlugin(text: string): Promise<Plugin> {
  const checksum = OURS.exec(text)?.[1];
  if (checksum === undefined) return { kind: "others" };
  const [, json] = /^const GIVEN = (\{.*\});$/m.exec(text) ?? [];
  if (json === undefined || checksum !== await checksumOf(text)) return { kind: "changed" };
  return { kind: "ours", given: JSON.parse(json) };
}

/** Of all but the first line, which has it. */
async function checksumOf(text: string): Promise<string> {
  return await digestOf(new TextEncoder().encode(text.slice(text.indexOf("\n") + 1)));
}
