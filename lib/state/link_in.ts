import { STATE_FILES } from "./files.ts";
import { HISTORY_FILES } from "./history_files.ts";

/**
 * Which of our files in a state directory is a symbolic link: we would write where it leads. Needs read
 * permission.
 *
 * @throws When the directory cannot be read.
 */
export function linkIn(directory: string): string | undefined {
  const named: readonly string[] = [...Object.values(STATE_FILES), ...HISTORY_FILES];
  return [...Deno.readDirSync(directory)].find(({ name, isSymlink }) =>
    isSymlink && named.includes(name)
  )?.name;
}
