import { basename } from "@std/path";
import { readIfThere } from "../../files/if_there.ts";
import { isExecutable } from "../../process/program_path.ts";
import type { HookProgram, InstalledHook } from "../harness.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../hook_script.ts";
import { ANY_PROGRAM, type Hook } from "./hook.ts";
import { hookCommand, hookWords } from "./hook_command.ts";
import type { PlacedHook } from "./hooks_file.ts";
import { scriptValues } from "./script_values.ts";

/**
 * What a hook of ours calls, and whether this version would write it so.
 *
 * @param ourHooks What it writes for a program.
 */
export async function installedAs(
  hook: PlacedHook,
  ourHooks: (program: HookProgram) => readonly Hook[],
): Promise<Pick<InstalledHook, "words" | "isAsWritten">> {
  const called = hookWords(hook.group.hooks[0].command);
  const words = called && await behindScript(called);
  const wanted = ourHooks(ANY_PROGRAM);
  return { words, isAsWritten: words !== undefined && isAsWritten(hook, called!, wanted) };
}

/** The same but for the program's path and the options that the user gave to `install-hook`. */
function isAsWritten(
  { event, group }: PlacedHook,
  [program = "", ...args]: string[],
  ourHooks: readonly Hook[],
): boolean {
  const [handler] = group.hooks;
  return ourHooks.some((expected) => {
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
