import { join } from "@std/path";
import { readIfThere } from "../../../files/if_there.ts";
import { namesIn } from "../../../files/names_in.ts";
import type { Profile } from "../../harness.ts";

/** Hooks are switched off by either key; the second is of older versions. */
const SWITCHED_OFF = /^\s*(features\.)?(codex_)?hooks\s*=\s*false\b/m;

/** A table of a profile in `config.toml`, or one below it. */
const PROFILE_TABLE = /^\[profiles\.(?<name>[\w-]+|"[^"]+")/;

/**
 * The profiles that `codex --profile NAME` takes: files beside `config.toml`, and tables in it, as older
 * versions have them. Codex itself can be asked about its base configuration only.
 */
export async function profiles(home: string | undefined): Promise<readonly Profile[]> {
  if (home === undefined) return [];
  const files: [string, string][] = [];
  for (const file of namesIn(home)) {
    const [, name] = /^(.+)\.config\.toml$/.exec(file) ?? [];
    if (name !== undefined) files.push([name, await textOf(join(home, file))]);
  }
  return profilesIn(files, await textOf(join(home, "config.toml")));
}

/**
 * The profiles of these files and tables. Pure.
 *
 * @param files Their names, and what they hold.
 * @param config The text of `config.toml`.
 */
export function profilesIn(
  files: readonly (readonly [string, string])[],
  config: string,
): readonly Profile[] {
  const tables = config.split(/^\s*(?=\[)/m).flatMap((table) => {
    const name = PROFILE_TABLE.exec(table)?.groups?.name;
    return name === undefined ? [] : [[name.replaceAll('"', ""), table] as const];
  });
  return [...Map.groupBy([...files, ...tables], ([name]) => name)].map(([name, parts]) => ({
    name,
    isHookless: parts.some(([, text]) => SWITCHED_OFF.test(text)),
  }));
}

async function textOf(path: string): Promise<string> {
  return await readIfThere(path).catch(() => undefined) ?? "";
}
