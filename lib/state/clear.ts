import { existsSync } from "@std/fs/exists";
import { removeIfThere } from "../files/if_there.ts";
import { isTemporary } from "../files/replace_file.ts";
import { namesIn } from "../files/names_in.ts";
import { linkAt } from "../process/link_at.ts";
import { HISTORY_DIRECTORY, HISTORY_FILE } from "./history_files.ts";
import { STATE_FILES } from "./files.ts";
import { isOurFile } from "./known_files.ts";

/** What we keep in each directory within a state directory, by its name. */
const KEPT_IN: Readonly<Record<string, RegExp>> = {
  [STATE_FILES.queue]: /^(\d+\.place|\d+-\d+\.wake|\d\d)$/,
  [STATE_FILES.turns]: /^[\w-]{1,80}$/,
  [STATE_FILES.statusLine]: /^[\w-]{1,80}$/,
  [STATE_FILES.requests]: /^(release|cancel|session)-[\w-]+$/,
  [HISTORY_DIRECTORY]: new RegExp(`^${HISTORY_FILE.replaceAll(".", "\\.")}`),
};

/**
 * Removes what is ours in a state directory, and the directory itself if it is to go and nothing else is
 * in it. What a link leads to stays. Needs to read and write beside it.
 *
 * @throws What the file system says; some of it may then be gone.
 */
export async function clearState(directory: string, removesDirectory: boolean): Promise<void> {
  for (const [name, kept] of Object.entries(KEPT_IN)) {
    const path = `${directory}/${name}`;
    if (linkAt(path) !== undefined) continue;
    await clear(path, (inner) => kept.test(inner) || isTemporary(inner), true);
  }
  const isOurs = (name: string) => name.endsWith(".tmp") ? isTemporary(name) : isOurFile(name);
  await clear(directory, isOurs, removesDirectory);
}

/** The same for the directory of the user's settings. */
export async function clearSettings(directory: string, removesDirectory: boolean): Promise<void> {
  await clear(
    directory,
    (name) => name === "config.json" || isTemporary(name),
    removesDirectory,
  );
}

async function clear(
  directory: string,
  isOurs: (name: string) => boolean,
  removesDirectory: boolean,
): Promise<void> {
  for (const name of namesIn(directory).filter(isOurs)) {
    const path = `${directory}/${name}`;
    if (!existsSync(path, { isDirectory: true })) await removeIfThere(path);
  }
  const isThere = existsSync(directory);
  if (isThere && removesDirectory && namesIn(directory).length === 0) await Deno.remove(directory);
}
