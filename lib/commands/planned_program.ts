import { basename, resolve } from "@std/path";
import {
  type OptionName,
  type Options,
  optionSpec,
  SETTING_OPTIONS,
  toArguments,
} from "../cli/options.ts";
import { readOptions } from "../cli/parse.ts";
import type { Harness, HookCall, HookProgram } from "../harness/harness.ts";
import { isExecutable, stableProgramPath } from "../process/program_path.ts";
import { namedStateDirectory } from "./state_directory.ts";

/** What hooks of ours are given, where the user asks for it. */
const PASSED_ON: readonly OptionName[] = ["state-dir", ...SETTING_OPTIONS];

/** What stays as it is in hooks that are installed, unless it is given anew. */
const KEPT: readonly OptionName[] = [...PASSED_ON, "direct"];

/** What the hooks are to call, and why. */
export interface PlannedProgram {
  readonly program: HookProgram;
  /** The options that nobody has given now, and that stand in the hooks that are installed. */
  readonly kept: readonly string[];
}

/**
 * What hooks are to call: with the options that are given, and with those that the installed hooks
 * have. Only what was asked for is passed on: defaults may change with a later version.
 *
 * @throws When the program that is named cannot be run.
 */
export async function plannedProgram(
  harness: Harness,
  hooksPath: string,
  asked: Options,
): Promise<PlannedProgram> {
  const calls = await harness.calls(hooksPath);
  const standing = standingOptions(calls);
  const options = absolute({ ...standing, ...asked });
  // Homes that share the hooks share the state that they look at.
  const isOpen = !options.direct && options.stateDir === undefined;
  const isShared = isOpen && await harness.sharesHooksWith(hooksPath) !== undefined;
  const shared = isShared ? calls[0]?.stateDirectory : undefined;
  const isKept = (name: OptionName) => asked[optionSpec(name).key] === undefined;
  return {
    program: {
      path: await programPath(options, calls),
      stateDirectory: options.direct
        ? undefined
        : options.stateDir ?? shared ?? namedStateDirectory(options),
      startArguments: toArguments(options, PASSED_ON),
      guardArguments: toArguments(options, PASSED_ON),
      stateOnlyArguments: toArguments(options, ["state-dir", "max-state-age-seconds"]),
    },
    kept: toArguments(absolute(standing), KEPT.filter(isKept)),
  };
}

/** A relative state directory is meant from here, and hooks run elsewhere. */
function absolute(options: Options): Options {
  const { stateDir } = options;
  return { ...options, stateDir: stateDir === undefined ? undefined : resolve(stateDir) };
}

/** The program that is named, else the one that stands there under a name of its own, else this. */
async function programPath(
  { scriptPath }: Options,
  calls: readonly HookCall[],
): Promise<string> {
  if (scriptPath !== undefined) {
    const path = resolve(scriptPath);
    if (await isExecutable(path)) return path;
    throw new Error(`--script-path ${path} is not a program that can be run`);
  }
  const standing = calls[0]?.program ?? "";
  const isOther = standing !== "" && !basename(standing).startsWith("quota-sentry");
  return isOther && await isExecutable(standing) ? standing : await stableProgramPath();
}

/** The options that the installed hooks have; what cannot be understood is none. */
function standingOptions(calls: readonly HookCall[]): Options {
  const isDirect = calls.length > 0 && calls.every(({ called, program }) => called === program);
  const each = calls.flatMap(({ args }) => args).map((arg) => readOptions(PASSED_ON, [arg]));
  return Object.assign(
    isDirect ? { direct: true } : {},
    ...each.map((read) => read.kind === "options" ? read.options : {}),
  );
}
