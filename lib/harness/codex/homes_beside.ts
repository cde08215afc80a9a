import { join } from "@std/path";
import { namesIn } from "../../files/names_in.ts";

/** What Codex puts into a home; a directory with any of it is one. */
const IN_A_HOME = ["config.toml", "auth.json", "hooks.json", "sessions"];

/**
 * Directories beside the usual home that are called like it, `.codex-work` for one, and look like homes.
 * Needs read permission.
 *
 * @param parent The directory in which the usual home is.
 */
export function homesBeside(parent: string): string[] {
  return namesIn(parent).filter((name) => name.startsWith(".codex-")).map((name) =>
    join(parent, name)
  ).filter((home) => namesIn(home).some((name) => IN_A_HOME.includes(name))).toSorted();
}
