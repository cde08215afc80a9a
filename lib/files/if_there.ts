/**
 * The text of a file; undefined when there is none.
 *
 * @throws Where a directory or a pipe is in its place, whose reading would tell nothing, or never end.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  return await ifThere(refuseOther(path).then(() => Deno.readTextFile(path)));
}

/** The bytes of a file; undefined when there is none. The same goes for it. */
export async function readBytesIfThere(
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return await ifThere(refuseOther(path).then(() => Deno.readFile(path)));
}

/** Removes a file, or a directory with `recursive`; it is no error when there is none. */
export async function removeIfThere(path: string, recursive = false): Promise<void> {
  await ifThere(Deno.remove(path, { recursive }));
}

async function refuseOther(path: string): Promise<void> {
  const { isDirectory, isFifo } = await Deno.stat(path);
  if (isDirectory) throw new Error(`${path} is a directory, not a file`);
  if (isFifo) throw new Error(`${path} is a pipe, not a file`);
}

async function ifThere<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
