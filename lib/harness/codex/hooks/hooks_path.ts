import { dirname } from "@std/path";
import { realPath } from "../../hooks/user_file.ts";

/** The directory that a session would run in for Codex to read this hooks file. */
export async function sessionDirectoryFor(
  hooksPath: string,
  home: string | undefined,
): Promise<string> {
  // A user's hooks count everywhere, and the root has no project of its own.
  return await isCodexHomes(hooksPath, home) ? "/" : dirname(dirname(hooksPath));
}

/** True when this is the file in Codex's own directory, which every session reads. */
export async function isCodexHomes(
  hooksPath: string,
  home: string | undefined,
): Promise<boolean> {
  if (home === undefined) return false;
  const directory = dirname(hooksPath);
  return directory === home || await realPath(directory) === await realPath(home);
}
