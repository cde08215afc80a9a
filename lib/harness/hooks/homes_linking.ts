import { join } from "@std/path";
import { namesIn } from "../../files/names_in.ts";

/**
 * The directories in which a file of this name leads to that one, their links resolved. They are looked
 * for in some others. Needs read permission.
 */
export async function homesLinkingTo(
  realPath: string,
  name: string,
  parents: readonly (string | undefined)[],
): Promise<Set<string>> {
  const homes = new Set<string>();
  for (const parent of new Set(parents)) {
    for (const directory of parent ? namesIn(parent) : []) {
      try {
        const home = await Deno.realPath(join(parent!, directory));
        if (await Deno.realPath(join(home, name)) === realPath) homes.add(home);
      } catch {
        // None with such a file.
      }
    }
  }
  return homes;
}
