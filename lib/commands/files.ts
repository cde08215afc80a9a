import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { digestOf } from "../files/digest.ts";
import type { FileOperation } from "../files/elsewhere.ts";
import { readBytesIfThere, removeIfThere } from "../files/if_there.ts";
import { replaceFile } from "../files/replace_file.ts";
import { isOurFile } from "../state/known_files.ts";
import { claimPlace } from "../state/queue.ts";
import { messageOf } from "../text/message_of.ts";

/**
 * `files OPERATION NAME [ARGUMENT [DIGEST]] [--length=N]`: hidden. Changes one file below the working
 * directory, on behalf of a process of ours that may not write; see `lib/files/elsewhere.ts`. Content
 * comes on stdin. It reads its arguments itself: it is started with every change, and the table of all
 * commands and options takes longer to load than the change to make.
 */
export async function files(args: readonly string[]): Promise<number> {
  const length = /^--length=(\d+)$/.exec(args.at(-1) ?? "")?.[1];
  const words = length === undefined ? args : args.slice(0, -1);
  const [operation, name, argument, expected] = words;
  if (operation === undefined || name === undefined) {
    printError("files is for Quota Sentry's own processes");
    return EXIT.usage;
  }
  // Absolute, as Deno's permission is: it does not follow a directory that is moved.
  const path = `${Deno.cwd()}/${name}`;
  try {
    if (expected !== undefined && await digestOf(await readBytesIfThere(path)) !== expected) {
      throw new Error("somebody else has changed it meanwhile");
    }
    await change(operation as FileOperation, path, argument, Number(length ?? 0));
    return EXIT.ok;
  } catch (error) {
    printError(`${path}: ${messageOf(error)}`);
    return EXIT.failed;
  }
}

async function change(
  operation: FileOperation,
  path: string,
  argument: string | undefined,
  length: number,
): Promise<void> {
  switch (operation) {
    case "write":
      return await replaceFile(path, await content(length), parseInt(argument ?? "600", 8));
    case "append":
      return await Deno.writeFile(path, await content(length), { append: true, mode: 0o600 });
    case "make-directory":
      return await makeDirectory(path, length);
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
      return print(`${await claimPlace(path, argument ?? "") ?? ""}`);
    default:
      operation satisfies never;
      throw new Error(`there is no operation ${operation}`);
  }
}

/** With the files in it that our caller sends, if it sends any. */
async function makeDirectory(path: string, length: number): Promise<void> {
  const files = length > 0 ? JSON.parse(new TextDecoder().decode(await content(length))) : {};
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
 * @throws When it is not all there: the caller was killed, and what it wanted may no longer be right.
 */
async function content(length: number): Promise<Uint8Array> {
  const caller = Deno.ppid;
  const bytes = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  if (bytes.length !== length || Deno.ppid !== caller) throw new Error("the caller has ended");
  return bytes;
}
