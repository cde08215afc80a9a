import { basename } from "@std/path";
import { readIfThere } from "../../../files/if_there.ts";
import { isExecutable } from "../../../process/program_path.ts";
import { messageOf } from "../../../text/message_of.ts";
import type { HookReport, InstalledHook, Standing } from "../../harness.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../../hook_script.ts";
import { AppServer, AppServerError, CodexMissingError } from "../app_server.ts";
import { isNewerEvent, limitOf } from "./events.ts";
import { hookCommand, hookWords } from "./hook_command.ts";
import { findOurHooks, HooksFileError, type PlacedHook } from "./hooks_file.ts";
import { readOnDisk, sessionDirectoryFor } from "./hooks_path.ts";
import { ANY_PROGRAM, missingEvents, ourHooks } from "./our_hooks.ts";
import { scriptValues } from "./script_values.ts";
import { isActive, isExactly, type ListedHook, listHooks, switchedOffBy } from "./trust.ts";

/** Tells which hooks of ours are in a hooks file, and whether Codex runs them. Changes nothing. */
export async function inspect(
  hooksPath: string,
  home: string | undefined,
): Promise<HookReport> {
  try {
    const file = await readOnDisk(hooksPath);
    const ours = findOurHooks(file.text ?? "");
    const codex = await ask(hooksPath, file.path, home);
    const hooks = await Promise.all(ours.map((hook) => installedHook(hook, codex)));
    const unlisted = hooks.filter(({ standing }) => standing === "unlisted");
    return {
      kind: "read",
      hooks,
      missing: ours.length === 0 ? [] : missingEvents(ours),
      version: codex?.version,
      problem: codex?.problem,
      limit: limitOf(codex?.version, unlisted.map(({ event }) => event)),
    };
  } catch (error) {
    const why = messageOf(error);
    const about = error instanceof HooksFileError
      ? "the hooks file is not one that Codex reads: "
      : "";
    return { kind: "failed", message: `${about}${why}` };
  }
}

/** The events that are missing beside hooks of ours; none where the file cannot be understood. */
export async function missingEventsOf(hooksPath: string): Promise<readonly string[]> {
  try {
    const { text } = await readOnDisk(hooksPath);
    const ours = findOurHooks(text ?? "");
    return ours.length === 0 ? [] : missingEvents(ours);
  } catch {
    return [];
  }
}

/** What Codex says. */
interface Answer {
  readonly version: string | undefined;
  readonly problem: string | undefined;
  readonly listed: readonly ListedHook[];
}

async function installedHook(hook: PlacedHook, codex: Answer | undefined): Promise<InstalledHook> {
  const called = hookWords(hook.group.hooks[0].command);
  const words = called && await behindScript(called);
  return {
    event: hook.event,
    words,
    isAsWritten: words !== undefined && isAsWritten(hook, called!),
    standing: codex ? standingOf(hook, codex.listed) : "unknown",
  };
}

/** The same but for the program's path and the options that the user gave to `install-hook`. */
function isAsWritten({ event, group }: PlacedHook, [program = "", ...args]: string[]): boolean {
  const [handler] = group.hooks;
  return ourHooks(ANY_PROGRAM).some((expected) => {
    const [wanted] = expected.group.hooks;
    const fixed = hookWords(wanted.command)?.slice(1) ?? [];
    return event === expected.event && group.matcher === expected.group.matcher &&
      group.hooks.length === 1 && wanted.timeout === handler.timeout &&
      wanted.statusMessage === handler.statusMessage &&
      handler.command === hookCommand(program, fixed, args.slice(fixed.length));
  });
}

/**
 * A call with the program that a script of ours stands in front of; undefined when the script is
 * another, or cannot be run.
 */
async function behindScript([program = "", ...args]: string[]): Promise<string[] | undefined> {
  if (basename(program) !== HOOK_SCRIPT_NAME) return [program, ...args];
  const text = await readIfThere(program);
  if (text === undefined || !await isExecutable(program)) return undefined;
  const { program: behind, stateDirectory } = scriptValues(text);
  const isOurs = behind !== undefined && stateDirectory !== undefined &&
    text === hookScript(behind, stateDirectory);
  return isOurs ? [behind, ...args] : undefined;
}

/** Asks Codex; undefined when it cannot be asked. */
async function ask(
  hooksPath: string,
  realPath: string,
  home: string | undefined,
): Promise<Answer | undefined> {
  try {
    await using server = await AppServer.start({ home });
    const cwd = await sessionDirectoryFor(hooksPath, home);
    const { hooks: listed, problem } = await listHooks(server, realPath, cwd);
    return { version: server.version, listed, problem: problem ?? await offLine(server) };
  } catch (error) {
    if (error instanceof CodexMissingError || error instanceof AppServerError) return undefined;
    throw error;
  }
}

async function offLine(server: AppServer): Promise<string | undefined> {
  const setting = await switchedOffBy(server);
  return setting && `hooks are switched off in Codex: ${setting}, under [features]`;
}

function standingOf(hook: PlacedHook, listed: readonly ListedHook[]): Standing {
  const same = listed.filter((other) => isExactly(other, hook));
  if (same.some(isActive)) return "trusted";
  if (same.some(({ trustStatus }) => trustStatus === "trusted")) return "disabled";
  // Where it reads the file at all, only such a hook may be missing.
  const isTooOld = same.length === 0 && listed.length > 0 && isNewerEvent(hook.event);
  return isTooOld ? "unlisted" : "untrusted";
}
