import { basename, dirname, join } from "@std/path";
import { readIfThere } from "../../../files/if_there.ts";
import { homesLinkingTo } from "../../hooks/homes_linking.ts";
import type { PlacedHook } from "../../hooks/hooks_file.ts";
import { readOnDisk } from "../../hooks/user_file.ts";
import { HOOKS_FILE } from "./hooks_file.ts";
import { keysOf } from "./trust_ahead.ts";
import { trustIn } from "./trust_records.ts";

/** The home of another Codex that uses the same hooks file. */
export interface OtherHome {
  /** Absolute. */
  readonly path: string;
  /** The file itself is in it; otherwise it is a link there too, and belongs to no home alone. */
  readonly holdsFile: boolean;
}

/**
 * The home of another Codex that trusts what stands in a hooks file: launchers give each session a home
 * of its own, in which the hooks file is a link to the real one, and several homes may link to one
 * that is kept elsewhere, with a user's dotfiles. Whoever changes it changes what the others trust,
 * and they would skip it in silence.
 *
 * @param hooksPath As this home names it.
 * @param realPath Links resolved.
 * @param ours Our hooks in the file.
 * @returns undefined for a file that is this home's own, also where it is kept elsewhere. Homes that
 * link to the same file are looked for beside this one and in the user's directory.
 */
export async function otherHome(
  hooksPath: string,
  realPath: string,
  ours: readonly PlacedHook[],
): Promise<OtherHome | undefined> {
  const holder = dirname(realPath);
  const home = await Deno.realPath(dirname(hooksPath));
  if (home === holder) return undefined;
  const trusted = [...(await trustOf(holder)).keys()];
  if (trusted.some((key) => key.startsWith(`${realPath}:`))) {
    return { path: holder, holdsFile: true };
  }
  const name = basename(hooksPath);
  for (const path of await homesLinkingTo(realPath, name, [dirname(home), Deno.env.get("HOME")])) {
    if (path === home) continue;
    const keys = await keysOf(ours, join(path, name), await trustOf(path));
    if (keys.length > 0) return { path, holdsFile: false };
  }
  return undefined;
}

/** The home of another Codex that uses a hooks file; undefined where none does, or nothing can be read. */
export async function homeThatShares(hooksPath: string): Promise<string | undefined> {
  try {
    const { path, text } = await readOnDisk(hooksPath);
    return (await otherHome(hooksPath, path, HOOKS_FILE.find(text ?? "")))?.path;
  } catch {
    return undefined;
  }
}

/** What a home trusts: nothing where its configuration is missing, or cannot be understood. */
async function trustOf(home: string): Promise<Map<string, string>> {
  try {
    return trustIn(await readIfThere(join(home, "config.toml")) ?? "");
  } catch {
    return new Map();
  }
}
