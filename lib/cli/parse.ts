import { parseArgs } from "@std/cli/parse-args";
import { numberWords } from "../config/table.ts";
import { readNumber } from "../config/values.ts";
import { nearest } from "../text/nearest.ts";
import { type Command, type Invocation, shown } from "./command.ts";
import { type OptionName, type Options, optionSpec, SETTING_BY_OPTION } from "./options.ts";

/** What the user asked for. */
export type Parsed =
  | ({ readonly kind: "command" } & Invocation)
  | { readonly kind: "help"; readonly command?: Command }
  | { readonly kind: "version" }
  /** One line that says what is wrong and what to write instead. */
  | { readonly kind: "error"; readonly message: string };

/** Reads a command line of these commands. Options stand behind the command. */
export function parseCommandLine(commands: readonly Command[], args: readonly string[]): Parsed {
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h") return { kind: "help" };
  const word = first === "--version" || first === "-V" ? "version" : first;
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) return { kind: "error", message: unknownCommand(commands, first) };
  return parseOptions(commands, command, rest);
}

/** One line that says that there is no such command, and which is near. */
export function unknownCommand(commands: readonly Command[], word: string): string {
  if (word.startsWith("-")) {
    return `the command comes first, then its options; ${word} stands in its place`;
  }
  const names = shown(commands).map(({ name }) => name);
  return `there is no command "${word}"${suggestion(word, names, (name) => name)}`;
}

function parseOptions(
  commands: readonly Command[],
  command: Command,
  args: readonly string[],
): Parsed {
  const read = readOptions(command.options, args);
  switch (read.kind) {
    case "help":
      return { kind: "help", command };
    case "version":
      return read;
    case "unknown":
      return { kind: "error", message: unknownOption(command, read.argument) };
    case "error":
      return read;
    case "options":
      return read.words[0] !== undefined && !command.takesWords
        ? { kind: "error", message: `${command.name} takes options only, not "${read.words[0]}"` }
        : { kind: "command", command, commands, options: read.options, words: read.words };
  }
}

/** What stands behind a command. */
export type OptionsRead =
  | {
    readonly kind: "options";
    readonly options: Options;
    readonly words: readonly string[];
  }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  /** None of the options has this name. */
  | { readonly kind: "unknown"; readonly argument: string }
  /** One line that says what is wrong with a value. */
  | { readonly kind: "error"; readonly message: string };

/** Reads options, of which these may be given, and the words between them; behind `--` all are words. */
export function readOptions(names: readonly OptionName[], all: readonly string[]): OptionsRead {
  const end = all.indexOf("--");
  const args = end === -1 ? all : all.slice(0, end);
  const specs = names.map(optionSpec);
  const switches = specs.filter(({ value }) => value === "switch").map(({ flag }) => flag);
  const unknown: string[] = [];
  const words: string[] = [];
  const withValue = specs.filter(({ value }) => value !== "switch").map(({ flag }) => flag);
  const parsed: Record<string, unknown> = parseArgs(joinDashes(args, withValue), {
    boolean: [...switches, "help", "version"],
    string: withValue,
    collect: specs.filter(({ value }) => value === "texts").map(({ flag }) => flag),
    alias: { help: "h", version: "V" },
    unknown: (argument: string, key?: string) => {
      (key === undefined ? words : unknown).push(argument);
      return false;
    },
  });
  if (parsed.help === true) return { kind: "help" };
  if (parsed.version === true) return { kind: "version" };
  if (unknown[0] !== undefined) return { kind: "unknown", argument: unknown[0] };
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const { flag, key, value } = optionSpec(name);
    const raw = parsed[flag];
    if (raw === undefined || raw === false) continue;
    const results = (Array.isArray(raw) ? raw : [raw]).map((each) =>
      value === "number" ? parseNumber(name, String(each)) : parseText(name, each)
    );
    const wrong = results.find((result) => result instanceof Error);
    if (wrong) return { kind: "error", message: wrong.message };
    if (value !== "texts") values[key] = results[0];
    else if (results.length > 0) values[key] = results;
  }
  return { kind: "options", options: values, words: [...words, ...all.slice(args.length + 1)] };
}

/** A dash by itself is a value, as in other programs; the library takes it for a word. */
function joinDashes(args: readonly string[], withValue: readonly string[]): string[] {
  const takesValue = (arg = "") => arg.startsWith("--") && withValue.includes(arg.slice(2));
  return args.flatMap((arg, index) => {
    if (arg === "-" && takesValue(args[index - 1])) return [];
    return args[index + 1] === "-" && takesValue(arg) ? [`${arg}=-`] : [arg];
  });
}

function parseText(name: OptionName, raw: unknown): string | true | Error {
  if (raw === true) return true;
  if (raw === "") return new Error(`--${name} needs a value`);
  const { check, takes } = optionSpec(name);
  if (check?.(String(raw)) === false) return new Error(`--${name} takes ${takes}, not "${raw}"`);
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
