import { existsSync } from "@std/fs/exists";
import { resolve } from "@std/path";
import type { Invocation } from "../cli/command.ts";
import { type Options, toArguments } from "../cli/options.ts";
import { makeDirectoryElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { spawnItself } from "../process/itself.ts";
import { dropWritePermission } from "../process/permissions.ts";
import { codexbar } from "../sources/codexbar/codexbar.ts";
import { STATE_FILES } from "../state/files.ts";
import { isOurFile } from "../state/known_files.ts";
import { homeOfDirectory, homeText, isGone } from "../state/homes.ts";
import { linkIn } from "../state/link_in.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { whyNotOurs } from "../state/why_foreign.ts";
import { messageOf } from "../text/message_of.ts";
import { callsThatLookAt } from "./hook_options.ts";
import { directoryOf, harnessOf, homeOf, kindOf, ofQuota } from "./target.ts";

/**
 * The state directory that the options name, absolute.
 *
 * @throws When there is neither an option nor a home directory.
 */
export function namedStateDirectory(options: Options): string {
  const directory = directoryOf(options);
  if (directory === undefined) {
    throw new Error("HOME is not set, so it is not known where the state is; give --state-dir DIR");
  }
  return resolve(directory);
}

/**
 * The state directory that the options name, made (0700) when it is missing.
 *
 * @throws When it cannot be made, or is none of ours to enter.
 */
export async function existingStateDirectory(asked: Options): Promise<string> {
  const options = ofQuota(asked);
  const directory = namedStateDirectory(options);
  await askForProvider(directory, options);
  try {
    await makeDirectoryElsewhere(directory, firstFiles(options));
  } catch (error) {
    throw notUsed(directory, messageOf(error));
  }
  const path = await Deno.realPath(ownStateDirectory(options));
  await noteHome(path, options);
  return path;
}

/** What is in a state directory from its beginning: whose home it is for, written in the start that makes it. */
function firstFiles(options: Options): Record<string, string> {
  const home = homeOf(options);
  return home === undefined || isGone(home) ? {} : { [STATE_FILES.home]: homeText(home) };
}

/**
 * Writes down whose home a directory is for, so that others find it, and it can be cleared away when the
 * home is. The first one counts while it is there: sessions with a home of their own may share hooks
 * with it, and so its state.
 */
async function noteHome(path: string, options: Options): Promise<void> {
  const directory = new StateDirectory(path);
  const [noted, home] = [homeOfDirectory(directory), homeOf(options)];
  if (home === undefined || noted === home) return;
  if ((noted !== undefined && !isGone(noted)) || isGone(home)) return;
  await writeElsewhere(directory.file("home"), homeText(home), 0o600).catch(() => {});
}

/**
 * The options with the home that a state directory is for: whoever reads the quota for it reads that
 * home's, whatever home he has himself.
 */
export function withHomeOf(path: string, options: Options): Options {
  const noted = options.home === undefined ? homeOfDirectory(new StateDirectory(path)) : undefined;
  return { ...options, home: noted !== undefined && !isGone(noted) ? noted : homeOf(options) };
}

/**
 * The options with the home whose quota is read for a state directory. Who names a home that shares
 * another one's hooks, and so its state, is held on that one's quota, where it has one.
 *
 * @param isNamed The user named the directory as well.
 */
export async function withQuotaHomeOf(
  path: string,
  options: Options,
  isNamed = false,
): Promise<Options> {
  const { provider, home } = options;
  const asNamed = withHomeOf(path, options);
  if (home === undefined || isNamed) return asNamed;
  const directory = new StateDirectory(path);
  const noted = homeOfDirectory(directory);
  if (noted === undefined || noted === home || isGone(noted)) return asNamed;
  const ofNoted = { provider, home: noted };
  const signedIn = harnessOf(ofNoted).signedIn(directory);
  if (signedIn === "nobody" || signedIn === "without-quota") return asNamed;
  // Somebody is signed in to the one that is named; whether in the other, is not known.
  const isSure = signedIn === "with-quota";
  if (!isSure && harnessOf(options).signedIn(directory) === "with-quota") return asNamed;
  const calls = await callsThatLookAt(path, ofNoted);
  return calls.length > 0 ? { ...options, home: noted } : asNamed;
}

/**
 * Which other providers there are only codexbar knows: a directory is made for one that it tells of.
 *
 * @throws When it tells nothing of this one, and there is no directory for it yet.
 */
async function askForProvider(directory: string, options: Options): Promise<void> {
  if (kindOf(options).place !== undefined || existsSync(directory)) return;
  const harness = harnessOf(options);
  const { id } = harness;
  const reading = await codexbar(harness).read();
  if (reading.kind === "windows") return;
  throw new Error(
    `nothing was made for the provider "${id}": ${reading.reason}; sessions of it go on unguarded`,
  );
}

/**
 * The state directory that the options name, absolute, there or not.
 *
 * @throws When others could write into it, or it cannot be read.
 */
export function ownStateDirectory(options: Options): string {
  const directory = namedStateDirectory(options);
  const why = whyUnusable(directory);
  if (why !== undefined) throw notUsed(directory, why);
  return directory;
}

/** Why the state directory is not to be used; undefined when it is, or is not there yet. */
export function whyUnusable(directory: string): string | undefined {
  try {
    const why = whyNotOurs(directory);
    if (why !== undefined) return why;
    const link = linkIn(directory);
    return link && `${link} in it is a symbolic link`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return messageOf(error);
  }
}

function notUsed(directory: string, why: string): Error {
  return new Error(
    `the state directory ${directory} cannot be used (${why}); sessions go on unguarded until it ` +
      "can, or another is given with --state-dir DIR",
  );
}

/**
 * Makes sure that this process runs in the state directory, which is where it may write. If it was
 * started elsewhere it gives up writing and runs the command again there.
 *
 * @returns The exit code of that run; undefined when this process is in the right place.
 */
export async function runInStateDirectory(
  directory: string,
  { command, options, words }: Invocation,
): Promise<number | undefined> {
  if (await Deno.realPath(Deno.cwd()) === directory) {
    await keepPrivate(directory);
    return undefined;
  }
  dropWritePermission();
  // Relative to where we are.
  const home = homeOf(options);
  const child = spawnItself({
    args: [
      command.name,
      ...words,
      ...toArguments({ ...options, stateDir: directory, home }, command.options),
    ],
    cwd: directory,
    stdout: "inherit",
    stderr: "inherit",
  });
  const { code, signal } = await child.status;
  return signal === null ? code : 1;
}

/** Closes a state directory to others, unless it is one that serves other purposes too. */
async function keepPrivate(directory: string): Promise<void> {
  const { mode } = await Deno.stat(directory);
  if (mode === null || (mode & 0o077) === 0) return;
  for await (const { name } of Deno.readDir(directory)) if (!isOurFile(name)) return;
  await Deno.chmod(directory, 0o700);
}
