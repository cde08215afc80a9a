import { resolve } from "@std/path";
import type { ConfigFile } from "./config_file.ts";

/**
 * The sections of a file that are for this home, as their homes are written; where there are
 * several, a later one wins. Symbolic links are followed where they can be. Needs read permission.
 */
export async function sectionsFor(file: ConfigFile, home: string): Promise<string[]> {
  const place = await placeOf(home);
  const names = Object.keys(file.homes ?? {}).filter(isHomeName);
  const places = await Promise.all(names.map(placeOf));
  return names.filter((_, index) => places[index] === place);
}

/** True for what names a home wherever it is read: `/DIR` or `~/DIR`. */
export function isHomeName(written: string): boolean {
  return /^(\/|~\/|~$)/.test(written);
}

/** Where a home is; the path itself where nothing is there yet. */
async function placeOf(written: string): Promise<string> {
  const path = resolve(written.replace(/^~(?=\/|$)/, Deno.env.get("HOME") || "~"));
  return await Deno.realPath(path).catch(() => path);
}
