import { isOurFile } from "./known_files.ts";
import { isOthers } from "./owned.ts";

/**
 * Whether a state directory can be closed to others without taking anything from anybody: it is the
 * user's own, wherever a link leads, and so is all that is in it. One that serves other purposes stays
 * as it is, and so does one in which somebody else has written. Needs read permission, and to know who
 * we are.
 */
export function isClosable(directory: string): boolean {
  const ourUid = Deno.uid();
  try {
    return !isOthers(Deno.statSync(directory).uid, ourUid) &&
      [...Deno.readDirSync(directory)].every(({ name }) =>
        isOurFile(name) && !isOthers(Deno.lstatSync(`${directory}/${name}`).uid, ourUid)
      );
  } catch {
    return false;
  }
}
