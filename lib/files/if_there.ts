/** The text of a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return await ifThere(Deno.readTextFile(path));
}

/** The bytes of a file; undefined when there is none. */
export async function readBytesIfThere(
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return await ifThere(Deno.readFile(path));
}

/** Removes a file, or a directory with `recursive`; it is no error when there is none. */
export async function removeIfThere(path: string, recursive = false): Promise<void> {
  await ifThere(Deno.remove(path, { recursive }));
}

async function ifThere<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
