import { dirname, join } from "@std/path";
import { readIfThere } from "./hooks_path.ts";
import { trustIn } from "./trust_records.ts";

/**
 * The home of another Codex to which a hooks file belongs: launchers give each session a home of its
 * own, in which the hooks file is a link to the real one. What stands there is trusted by that home.
 *
 * @param hooksPath As this home names it.
 * @param realPath Links resolved.
 * @returns undefined for a file that is this home's own, also where it is kept elsewhere.
 */
export async function homeBehind(hooksPath: string, realPath: string): Promise<string | undefined> {
  const home = dirname(realPath);
  if (await Deno.realPath(dirname(hooksPath)) === home) return undefined;
  try {
    const trusted = trustIn(await readIfThere(join(home, "config.toml")) ?? "");
    return [...trusted.keys()].some((key) => key.startsWith(`${realPath}:`)) ? home : undefined;
  } catch {
    // Not a configuration that trusts anything.
    return undefined;
  }
}
