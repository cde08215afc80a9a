import { join } from "@std/path";

/** The hooks file's name for a report, without the user's home. */
export function withoutHome(path: string): string {
  const home = Deno.env.get("HOME");
  return home && path.startsWith(`${home}/`) ? join("~", path.slice(home.length + 1)) : path;
}
