import { dirname, join } from "@std/path";
import { namesIn } from "../files/names_in.ts";
import { usualHome } from "./home.ts";
import type { HarnessWithHomes } from "./kind.ts";

/**
 * Directories beside the usual home that are called like it, `.codex-work` for one, and look like homes.
 * Needs read permission.
 */
export function homesBeside({ place, marks }: HarnessWithHomes): string[] {
  const usual = usualHome(place);
  if (usual === undefined) return [];
  const parent = dirname(usual);
  return namesIn(parent).filter((name) => name.startsWith(`${place.directory}-`))
    .map((name) => join(parent, name))
    .filter((home) => namesIn(home).some((name) => marks.includes(name)))
    .toSorted();
}
