/**
 * All files and directories below a directory, each with what is in it behind it. One that
 * goes while somebody looks has nothing in it.
 *
 * @throws {Deno.errors.NotFound} when there is no such directory.
 */
export function* pathsBelow(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    yield path;
    if (!isDirectory) continue;
    try {
      yield* pathsBelow(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
