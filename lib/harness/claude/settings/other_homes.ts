import { basename, dirname } from "@std/path";
import { namesIn } from "../../../files/names_in.ts";
import { homesLinkingTo } from "../../hooks/homes_linking.ts";
import { readOnDisk } from "../../hooks/user_file.ts";
import { MARKS } from "../home.ts";
import { SETTINGS_FILE } from "./settings_file.ts";

/**
 * The other homes of Claude Code whose settings are the same file, as among a user's dotfiles: what is
 * changed for one of them is changed for all. They are looked for beside this one and in the user's
 * directory.
 *
 * @param hooksPath The settings, as this home names them.
 * @param realPath Links resolved.
 */
export async function otherHomes(hooksPath: string, realPath: string): Promise<string[]> {
  const home = dirname(hooksPath);
  const own = await Deno.realPath(home).catch(() => home);
  const name = basename(hooksPath);
  const homes = await homesLinkingTo(realPath, name, [dirname(own), Deno.env.get("HOME")]);
  // Where the file is kept is a home only where more of one is there.
  const isHome = (path: string) =>
    namesIn(path).some((each) => each !== name && MARKS.includes(each));
  return [...homes].filter((path) => path !== own && isHome(path));
}

/** One of those homes, where hooks of ours are in the file already; undefined where it is this one's alone. */
export async function homeThatShares(hooksPath: string): Promise<string | undefined> {
  try {
    const { path, text = "" } = await readOnDisk(hooksPath);
    if (SETTINGS_FILE.find(text).length === 0) return undefined;
    return (await otherHomes(hooksPath, path))[0];
  } catch {
    return undefined;
  }
}
