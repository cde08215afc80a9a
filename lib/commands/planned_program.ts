import { basename, resolve } from "@std/path";
import type { Invocation } from "../cli/commands.ts";
import { type OptionName, type Options, optionSpec, toArguments } from "../cli/options.ts";
import { parseCommandLine } from "../cli/parse.ts";
import type { Harness, HookCall, HookProgram } from "../harness/harness.ts";
import { isExecutable, stableProgramPath } from "../process/program_path.ts";
import { namedStateDirectory } from "./state_directory.ts";

const POLICY = ["threshold-percent", "reset-buffer-seconds"] as const;

/** What hooks of ours are given, where the user asks for it. */
const PASSED_ON = [
  "state-dir",
  ...POLICY,
  "interval-seconds",
  "max-state-age-seconds",
  "source",
] as const;

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
  { options: asked, given: named }: Pick<Invocation, "options" | "given">,
): Promise<PlannedProgram> {
  const calls = await harness.calls(hooksPath);
  const standing = standingOptions(calls);
  const kept = standing.given.filter((name) => !named.includes(name));
  const given = [...named, ...kept];
  const options = { ...standing.options, ...only(asked, named) };
  const { stateDir } = options;
  const absolute = { ...options, stateDir: stateDir === undefined ? undefined : resolve(stateDir) };
  const passOn = (names: readonly OptionName[]) =>
    toArguments(absolute, names.filter((name) => given.includes(name)));
  return {
    program: {
      path: await programPath(options, calls),
      stateDirectory: options.direct ? undefined : namedStateDirectory(absolute),
      startArguments: passOn(PASSED_ON),
      guardArguments: passOn(PASSED_ON),
      stateOnlyArguments: passOn(["state-dir", "max-state-age-seconds"]),
    },
    kept: toArguments(absolute, kept),
  };
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
function standingOptions(
  calls: readonly HookCall[],
): { options: Options; given: readonly OptionName[] } {
  const flags = new Set(calls.flatMap(({ args }) => args).filter(isPassedOn));
  const isDirect = calls.length > 0 && calls.every(({ called, program }) => called === program);
  const parsed = parseCommandLine([
    "install-hook",
    ...[...flags].filter((flag) => parseCommandLine(["install-hook", flag]).kind === "command"),
    ...(isDirect ? ["--direct"] : []),
  ]);
  if (parsed.kind !== "command") throw new Error("options that are right alone are so together");
  return parsed;
}

function isPassedOn(word: string): boolean {
  return PASSED_ON.some((name) => word.startsWith(`--${optionSpec(name).flag}=`));
}

/** Those of the options that were given. */
function only(options: Options, given: readonly OptionName[]): Partial<Options> {
  const keys = given.map((name) => optionSpec(name).key);
  return Object.fromEntries(keys.map((key) => [key, options[key]]));
}
