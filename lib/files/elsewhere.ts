import { existsSync } from "@std/fs/exists";
import { basename, dirname, relative } from "@std/path";
import { digestOf } from "./digest.ts";
import { spawnItself } from "../process/itself.ts";

/**
 * Changes to files from a process that may not write. Each is done by this program, started again in
 * the one directory that it is to change, as `files`.
 */
export type FileOperation =
  | "write"
  | "append"
  | "remove"
  | "remove-tree"
  | "clear-state"
  | "clear-settings"
  | "make-directory"
  | "make-private"
  | "claim-place"
  | "leave-place";

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

/** A change to a whole file. */
export interface FileChange {
  readonly path: string;
  /** What it holds before; undefined when it is not there. */
  readonly before: string | undefined;
  /** What it is to hold; undefined when it is to go. */
  readonly after: string | undefined;
  /** Permission bits that it is to have. */
  readonly mode: number;
}

/**
 * Makes a change, if the file is still byte for byte what it is to be before.
 *
 * @throws {ElsewhereError} Also when somebody else has changed it meanwhile.
 */
export async function changeElsewhere(
  { path, before, after, mode }: FileChange,
): Promise<void> {
  const expected = await digestOf(before === undefined ? undefined : encode(before));
  if (after === undefined) await change("remove", path, ["0", expected]);
  else await change("write", path, [mode.toString(8), expected], after);
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
 * Removes what is ours in a directory of state or of settings, and the directory, if nothing else is in
 * it and it is to go.
 *
 * @param directory Absolute, symbolic links resolved.
 * @throws {ElsewhereError}
 */
export async function clearElsewhere(
  operation: "clear-state" | "clear-settings",
  directory: string,
  { removesDirectory }: { readonly removesDirectory: boolean },
): Promise<void> {
  await change(operation, directory, removesDirectory ? ["with-it"] : []);
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
 * @param files What is to be in a new one, by name: files of 0600, made with it in one start.
 * @throws {ElsewhereError}
 */
export async function makeDirectoryElsewhere(
  path: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ancestor = existingAncestor(path);
  if (ancestor === path) return;
  const content = Object.keys(files).length > 0 ? JSON.stringify(files) : undefined;
  await run("make-directory", ancestor, path, [relative(ancestor, path)], content);
}

/**
 * Takes a place in a queue, as `lib/state/queue.ts` has it, and tells the log beside it.
 *
 * @param queue The directory, which is made if need be.
 * @param line What the log is told, whether a place is free or not; undefined for nothing.
 * @returns undefined where none is free.
 * @throws {ElsewhereError}
 */
export async function claimPlaceElsewhere(
  queue: string,
  owner: string,
  line: string | undefined,
): Promise<number | undefined> {
  const place = await run("claim-place", dirname(queue), queue, [basename(queue), owner], line);
  return /^\d+$/.test(place) ? Number(place) : undefined;
}

/**
 * Gives up a place in a queue, and tells the log beside the queue.
 *
 * @param place The path of the file.
 * @param line What the log is told; undefined for nothing.
 * @throws {ElsewhereError}
 */
export async function leavePlaceElsewhere(place: string, line: string | undefined): Promise<void> {
  const directory = dirname(dirname(place));
  await run("leave-place", directory, place, [relative(directory, place)], line);
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
): Promise<string> {
  if (!existsSync(cwd, { isDirectory: true })) {
    throw new ElsewhereError(`${cwd} is not a directory`);
  }
  const bytes = content === undefined ? undefined : encode(content);
  // If we are killed meanwhile, what we want may no longer be right, and half of it is not the whole.
  const length = bytes === undefined ? [] : [`--length=${bytes.length}`];
  const child = spawnItself({
    args: ["files", operation, ...args, `--caller=${Deno.pid}`, ...length],
    cwd,
    stdin: bytes === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  });
  if (bytes !== undefined) await feed(child.stdin, bytes);
  const [status, answer, message] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (!status.success) {
    // Without our own name, and that of a file that nobody knows.
    const why = message.trim().replace(/^quota-sentry: /, "").replace(/: \w+ '[^']*\.tmp'$/, "");
    throw new ElsewhereError(why || `${path} could not be changed (${operation})`);
  }
  return answer;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
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
