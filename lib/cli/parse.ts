import { parseArgs } from "@std/cli/parse-args";
import { isName, numberWords, readNumber } from "../config/values.ts";
import { isGuardedStep } from "../guard/arguments.ts";
import { type Command, COMMANDS, type Invocation } from "./commands.ts";
import { nearest } from "./nearest.ts";
import {
  NO_OPTIONS,
  type OptionName,
  type Options,
  optionSpec,
  SETTING_BY_OPTION,
} from "./options.ts";

/** What the user asked for. */
export type Parsed =
  | ({ readonly kind: "command" } & Invocation)
  | { readonly kind: "help"; readonly command?: Command }
  | { readonly kind: "version" }
  /** One line that says what is wrong and what to write instead. */
  | { readonly kind: "error"; readonly message: string };

/** Reads the command line. Options stand behind the command. */
export function parseCommandLine(args: readonly string[]): Parsed {
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h") return { kind: "help" };
  if (first === "help") return helpFor(rest[0]);
  if (first === "--version" || first === "-V") return { kind: "version" };
  const command = COMMANDS.find(({ name }) => name === first);
  if (command === undefined) return { kind: "error", message: unknownCommand(first) };
  return parseOptions(command, rest);
}

function helpFor(name: string | undefined): Parsed {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  return command ? { kind: "help", command } : { kind: "help" };
}

function unknownCommand(word: string): string {
  if (word.startsWith("-")) {
    return `the command comes first, then its options; ${word} stands in its place`;
  }
  const names = COMMANDS.filter(({ hidden }) => !hidden).map(({ name }) => name);
  return `there is no command "${word}"${suggestion(word, names, (name) => name)}`;
}

function parseOptions(command: Command, args: readonly string[]): Parsed {
  const specs = command.options.map((name) => ({ name, ...optionSpec(name) }));
  const switches = specs.filter(({ value }) => value === "switch").map(({ flag }) => flag);
  const errors: string[] = [];
  const words: string[] = [];
  const parsed: Record<string, unknown> = parseArgs([...args], {
    boolean: [...switches, "help", "version"],
    string: specs.filter(({ value }) => value !== "switch").map(({ flag }) => flag),
    alias: { help: "h", version: "V" },
    unknown: (argument: string, key?: string) => {
      if (key === undefined) words.push(argument);
      else errors.push(unknownOption(command, argument));
      return false;
    },
  });
  if (parsed.help === true) return { kind: "help", command };
  if (parsed.version === true) return { kind: "version" };
  if (errors[0] !== undefined) return { kind: "error", message: errors[0] };
  if (words[0] !== undefined && !command.takesWords) {
    return { kind: "error", message: `${command.name} takes options only, not "${words[0]}"` };
  }
  return collect(command, parsed, words);
}

function collect(
  command: Command,
  parsed: Record<string, unknown>,
  words: readonly string[],
): Parsed {
  const values: Record<string, unknown> = {};
  const given: OptionName[] = [];
  for (const name of command.options) {
    const { flag, key, value } = optionSpec(name);
    const raw = parsed[flag];
    if (raw === undefined || raw === false) continue;
    const result = value === "number" ? parseNumber(name, String(raw)) : parseText(name, raw);
    if (result instanceof Error) return { kind: "error", message: result.message };
    values[key] = result;
    given.push(name);
  }
  const options: Options = { ...NO_OPTIONS, ...values };
  return { kind: "command", command, options, given, words };
}

function parseText(name: OptionName, raw: unknown): string | true | Error {
  if (raw === true) return true;
  if (raw === "") return new Error(`--${name} needs a value`);
  if ((name === "source" || name === "provider") && !isName(String(raw))) {
    return new Error(`--${name} takes a name, not "${raw}"`);
  }
  if (name === "on" && !isGuardedStep(String(raw))) {
    return new Error(`--on takes model, compact or tool, not "${raw}"`);
  }
  return String(raw);
}

function parseNumber(name: OptionName, raw: string): number | Error {
  const { above, min, max = Infinity } = optionSpec(name);
  const bounds = { above, min, max };
  return readNumber(raw, bounds) ??
    new Error(`--${name} takes ${numberWords(bounds)}${raw === "" ? "" : `, not "${raw}"`}`);
}

function unknownOption(command: Command, argument: string): string {
  const word = argument.split("=")[0] ?? argument;
  const flags = command.options.filter((name) => !optionSpec(name).hidden)
    .map((name) => optionSpec(name).flag);
  const bare = word.replace(/^-+/, "");
  const instead = command.takesSettings
    ? suggestion(bare, Object.keys(SETTING_BY_OPTION), settingOf)
    : suggestion(bare, flags, (flag) => `--${flag}`);
  return `${command.name} has no option ${word}${instead}`;
}

/** Settings are named without dashes. */
function settingOf(option: string): string {
  return SETTING_BY_OPTION[option as OptionName]!;
}

/** The nearest right spelling, or where to look when nothing is near. */
function suggestion(
  word: string,
  names: readonly string[],
  write: (name: string) => string,
): string {
  const name = nearest(word, names);
  return name === undefined ? "; see --help" : `; did you mean ${write(name)}?`;
}
