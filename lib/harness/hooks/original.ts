import { readIfThere } from "../../files/if_there.ts";
import { copiesOf } from "../backup.ts";
import { HooksFileError } from "./hooks_file.ts";

/** What of a file is ours, and how it comes into it and out of it again. */
export interface OurPart<Ours> {
  /** What stands in the file; undefined for nothing. */
  find(text: string): Ours | undefined;
  /** The file with it, in each way in which a version of ours has written it, the present one first. */
  readonly ways: readonly ((text: string | undefined, ours: Ours) => string)[];
  /** The file without it. */
  remove(text: string): string;
}

/**
 * The file as it was before ours came into it: the backup where adding ours to it gives exactly the
 * file that there is, else the file without ours.
 *
 * @returns undefined when there was no file.
 * @throws {HooksFileError} When the file is not one that the harness accepts.
 */
export function originalOf<Ours>(
  part: OurPart<Ours>,
  text: string,
  backup: string | undefined,
): string | undefined {
  const ours = part.find(text);
  if (ours === undefined) return part.remove(text);
  if (backup !== undefined && addsUpTo(part, backup, ours, text)) return backup;
  if (part.ways[0]?.(undefined, ours) === text) return undefined;
  return part.remove(text);
}

/**
 * The file as it was, with the copy of it that says so.
 *
 * @param path The file itself.
 * @throws {HooksFileError} When the file is not one that the harness accepts.
 */
export async function originalIn<Ours>(
  part: OurPart<Ours>,
  path: string,
  text: string,
): Promise<{ text: string | undefined; copy: string | undefined }> {
  const ours = part.find(text);
  const copies = await copiesOf(path);
  const copy = ours && copies.find((each) => addsUpTo(part, each.text, ours, text));
  // Earlier versions kept it there. It may as well be the user's, and is left to them.
  const earlier = copy ? undefined : await readIfThere(`${path}.bak`).catch(() => undefined);
  const original = originalOf(part, text, copy?.text ?? earlier);
  return { text: original, copy: copies.find((each) => each.text === original)?.path };
}

function addsUpTo<Ours>(part: OurPart<Ours>, backup: string, ours: Ours, text: string): boolean {
  try {
    return part.ways.some((add) => add(backup, ours) === text);
  } catch (error) {
    if (error instanceof HooksFileError) return false;
    throw error;
  }
}

/**
 * What is read of a file; undefined for one that nobody can read and that does not name us: nothing of ours
 * is in it.
 *
 * @throws {HooksFileError} When the file is not one that the harness accepts, and may have something of ours.
 */
export async function unlessNobodys<Read>(
  text: string,
  read: () => Promise<Read>,
): Promise<Read | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof HooksFileError && !text.includes("quota-sentry")) return undefined;
    throw error;
  }
}
