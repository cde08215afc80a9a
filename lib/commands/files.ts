import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { digestOf } from "../files/digest.ts";
import type { FileOperation } from "../files/elsewhere.ts";
import { readBytesIfThere, removeIfThere } from "../files/if_there.ts";
import { replaceFile } from "../files/replace_file.ts";
import { STATE_FILES } from "../state/files.ts";
import { isOurFile } from "../state/known_files.ts";
import { claimPlace } from "../state/queue.ts";
import { messageOf } from "../text/message_of.ts";

/**
 * `files OPERATION NAME [ARGUMENT [DIGEST]] --caller=PID [--length=N]`: hidden. Changes one file below the
 * working directory, on behalf of a process of ours that may not write; see `lib/files/elsewhere.ts`.
 * Content comes on stdin. It reads its arguments itself: it is started with every change, and the table of
 * all commands and options takes longer to load than the change to make.
 */
export async function files(args: readonly string[]): Promise<number> {
  const { words: [operation, name, argument, expected], caller, length = 0 } = parse(args);
  if (operation === undefined || name === undefined || caller === undefined) {
    printError("files is for Quota Sentry's own processes");
    return EXIT.usage;
  }
  // Absolute, as Deno's permission is: it does not follow a directory that is moved.
  const path = `${Deno.cwd()}/${name}`;
  try {
    const content = length > 0 ? await received(length) : new Uint8Array();
    // It was killed, perhaps before we began: what it wanted may no longer be right.
    if (Deno.ppid !== caller) throw new Error("the caller has ended, or has not started this");
    if (expected !== undefined && await digestOf(await readBytesIfThere(path)) !== expected) {
      throw new Error("somebody else has changed it meanwhile");
    }
    await change(operation as FileOperation, path, argument, content);
    return EXIT.ok;
  } catch (error) {
    printError(`${path}: ${messageOf(error)}`);
    return EXIT.failed;
  }
}

/** The options stand behind the words, which may be any. */
function parse(args: readonly string[]) {
  const words = [...args];
  const take = (option: string): number | undefined => {
    const [, digits] = new RegExp(`^--${option}=(\\d+)$`).exec(words.at(-1) ?? "") ?? [];
    if (digits === undefined) return undefined;
    words.pop();
    return Number(digits);
  };
  const length = take("length");
  return { words, length, caller: take("caller") };
}

async function change(
  operation: FileOperation,
  path: string,
  argument: string | undefined,
  content: Uint8Array,
): Promise<void> {
  switch (operation) {
    case "write":
      return await replaceFile(path, content, parseInt(argument ?? "600", 8));
    case "append":
      return await append(path, content);
    case "make-directory":
      return await makeDirectory(path, content);
    case "remove":
      return await removeIfThere(path);
    case "remove-tree":
      return await removeIfThere(path, true);
    case "clear-state":
      return await (await import("../state/clear.ts")).clearState(path, argument !== undefined);
    case "clear-settings":
      return await (await import("../state/clear.ts")).clearSettings(path, argument !== undefined);
    case "make-private":
      return await makePrivate(path);
    case "claim-place":
      print(`${await claimPlace(path, argument ?? "") ?? ""}`);
      return await tellLog(content);
    case "leave-place":
      await tellLog(content);
      // One that stays is free as soon as its owner has ended.
      return await removeIfThere(path).catch(() => {});
    default:
      operation satisfies never;
      throw new Error(`there is no operation ${operation}`);
  }
}

async function append(path: string, content: Uint8Array): Promise<void> {
  await Deno.writeFile(path, content, { append: true, mode: 0o600 });
}

/** Tells the log of this directory, where there is something to tell; a line that is lost costs nobody anything. */
async function tellLog(content: Uint8Array): Promise<void> {
  if (content.length > 0) await append(`${Deno.cwd()}/${STATE_FILES.log}`, content).catch(() => {});
}

/** @param content The files that are to be in it, as JSON by their names; empty for none. */
async function makeDirectory(path: string, content: Uint8Array): Promise<void> {
  const files = content.length > 0 ? JSON.parse(new TextDecoder().decode(content)) : {};
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    await replaceFile(`${path}/${name}`, String(text), 0o600);
  }
}

/** Only what is ours: somebody may keep the state in a directory that serves others too. */
async function makePrivate(directory: string): Promise<void> {
  let isAllOurs = true;
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (!isOurFile(name)) isAllOurs = false;
    else if (isFile) await Deno.chmod(`${directory}/${name}`, 0o600);
  }
  if (isAllOurs) await Deno.chmod(directory, 0o700);
}

/**
 * What our caller sends.
 *
 * @throws When it is not all there.
 */
async function received(length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  if (bytes.length !== length) throw new Error("the caller has ended");
  return bytes;
}
