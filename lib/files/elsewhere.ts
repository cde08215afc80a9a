import { existsSync } from "@std/fs/exists";
import { basename, dirname, relative } from "@std/path";
import { spawnItself } from "../process/itself.ts";

/**
 * Changes to files from a process that may not write. Each is done by this program, started again in
 * the one directory that it is to change, by the hidden command `files`.
 */
export type FileOperation =
  | "write"
  | "append"
  | "remove"
  | "remove-tree"
  | "make-directory"
  | "make-private";

/** The change was not made; the message names the path. */
export class ElsewhereError extends Error {
  override name = "ElsewhereError";
}

/**
 * Replaces or creates a file as a whole; see {@linkcode replaceFile}.
 *
 * @param mode Permission bits of the new file.
 * @throws {ElsewhereError}
 */
export async function writeElsewhere(path: string, content: string, mode: number): Promise<void> {
  await change("write", path, [mode.toString(8)], content);
}

/**
 * Appends to a file, creating it (0600) when there is none.
 *
 * @throws {ElsewhereError}
 */
export async function appendElsewhere(path: string, content: string): Promise<void> {
  await change("append", path, [], content);
}

/**
 * Removes a file; it is no error when there is none.
 *
 * @throws {ElsewhereError}
 */
export async function removeElsewhere(path: string): Promise<void> {
  await change("remove", path, []);
}

/**
 * Removes a directory and all that is in it.
 *
 * @throws {ElsewhereError}
 */
export async function removeTreeElsewhere(path: string): Promise<void> {
  await change("remove-tree", path, []);
}

/**
 * Closes a directory (0700) and the files in it (0600) to others.
 *
 * @throws {ElsewhereError}
 */
export async function changeModeElsewhere(directory: string): Promise<void> {
  await run("make-private", directory, directory, ["."]);
}

/**
 * Makes a directory (0700), and those above it that are missing. A directory that exists is left as
 * it is.
 *
 * @throws {ElsewhereError}
 */
export async function makeDirectoryElsewhere(path: string): Promise<void> {
  const ancestor = existingAncestor(path);
  if (ancestor === path) return;
  await run("make-directory", ancestor, path, [relative(ancestor, path)]);
}

async function change(
  operation: FileOperation,
  path: string,
  args: readonly string[],
  content?: string,
): Promise<void> {
  await run(operation, dirname(path), path, [basename(path), ...args], content);
}

async function run(
  operation: FileOperation,
  cwd: string,
  path: string,
  args: readonly string[],
  content?: string,
): Promise<void> {
  if (!existsSync(cwd, { isDirectory: true })) {
    throw new ElsewhereError(`${cwd} is not a directory`);
  }
  const bytes = content === undefined ? undefined : new TextEncoder().encode(content);
  // With its length: if we are killed meanwhile, half of it must not be taken for the whole.
  const length = bytes === undefined ? [] : [`--length=${bytes.length}`];
  const child = spawnItself({
    args: ["files", operation, ...args, ...length],
    cwd,
    stdin: bytes === undefined ? "null" : "piped",
    stderr: "piped",
  });
  if (bytes !== undefined) await feed(child.stdin, bytes);
  const [status, message] = await Promise.all([child.status, new Response(child.stderr).text()]);
  if (!status.success) {
    throw new ElsewhereError(message.trim() || `${path} could not be changed (${operation})`);
  }
}

async function feed(stdin: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    const writer = stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
  } catch {
    // The child ended before it had read all; its exit code and message say why.
  }
}

function existingAncestor(path: string): string {
  let current = path;
  while (!existsSync(current, { isDirectory: true }) && dirname(current) !== current) {
    current = dirname(current);
  }
  return current;
}
