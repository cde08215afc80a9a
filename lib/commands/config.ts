import { applyEdits, modify } from "jsonc-parser";
import { dirname } from "@std/path";
import { distance } from "fastest-levenshtein";
import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { configSchema, parseConfig } from "../config/config_file.ts";
import { configPath, loadSettings } from "../config/load.ts";
import { DEFAULTS, issueWith, type Setting } from "../config/settings.ts";
import { makeDirectoryElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { isSourceName, SOURCE_NAMES } from "../config/values.ts";

/** `config`: shows and changes the settings. */
export async function config({ words, command }: Invocation): Promise<number> {
  const [verb = "list", key, value, ...rest] = words;
  const takes = { list: 0, path: 0, check: 0, schema: 0, get: 1, unset: 1, set: 2 }[verb];
  const given = [key, value, ...rest].filter((word) => word !== undefined).length;
  if (takes === undefined || given !== takes) {
    printError(`config takes: ${command.takesWords}`);
    return EXIT.usage;
  }
  switch (verb) {
    case "path":
      print(`${pathOrThrow()}\n`);
      return EXIT.ok;
    case "schema":
      print(`${JSON.stringify(configSchema(), null, 2)}\n`);
      return EXIT.ok;
    case "check":
      return await check();
    case "list":
      return await list();
    case "get":
      return await get(key!);
    case "set":
      return await set(key!, value!);
    default:
      return await unset(key!);
  }
}

async function list(): Promise<number> {
  const { list, problems } = await loadSettings({});
  print(settingLines(list).map((line) => `${line}\n`).join(""));
  for (const problem of problems) printError(`not used: ${problem}`);
  return EXIT.ok;
}

/** A line for each setting: name, value, and where it comes from unless that is the default. */
export function settingLines(settings: readonly Setting[]): string[] {
  return settings.map(({ key, value, origin }) =>
    `${key} = ${JSON.stringify(value)}${origin === "default" ? "" : ` (${origin})`}`
  );
}

async function check(): Promise<number> {
  const { problems, settings } = await loadSettings({});
  const all = isSourceName(settings.source) ? problems : [
    ...problems,
    `source: there is no "${settings.source}"; there are ${SOURCE_NAMES.join(", ")}`,
  ];
  for (const problem of all) printError(problem);
  if (all.length > 0) {
    printError("sessions go on; what is wrong is not used");
    return EXIT.failed;
  }
  print("the settings are fine\n");
  return EXIT.ok;
}

async function get(key: string): Promise<number> {
  if (!isKnown(key)) return unknownKey(key);
  const { list } = await loadSettings({});
  const setting = list.find((each) => each.key === key);
  print(`${setting ? JSON.stringify(setting.value) : "null"}\n`);
  return EXIT.ok;
}

async function set(key: string, word: string): Promise<number> {
  if (!isKnown(key)) return unknownKey(key);
  const value = valueOf(word);
  const issue = issueWith(key, value) ??
    (key === "source" && !isSourceName(String(value))
      ? `there is no such source; there are ${SOURCE_NAMES.join(", ")}`
      : undefined);
  if (issue) {
    printError(`${key} cannot be ${word}: ${issue}`);
    return EXIT.usage;
  }
  return await change(key, value);
}

async function unset(key: string): Promise<number> {
  return isKnown(key) ? await change(key, undefined) : unknownKey(key);
}

async function change(key: string, value: unknown): Promise<number> {
  const path = pathOrThrow();
  const text = await textOf(path);
  const parsed = parseConfig(text);
  if (parsed.kind === "broken") {
    printError(`${path} is left as it is: ${parsed.problems[0]}; mend it first`);
    return EXIT.failed;
  }
  // By edits, so that the user's own writing and unknown keys stay.
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  const edits = modify(text, keyPath(key), value, { formattingOptions });
  const changed = applyEdits(text, edits);
  if (parseConfig(changed).kind === "broken") throw new Error(`${path} could not be changed`);
  await makeDirectoryElsewhere(dirname(path));
  await writeElsewhere(await Deno.realPath(path).catch(() => path), changed, 0o600);
  return EXIT.ok;
}

/** The settings and, below `extraById`, any id; an id may have dots in it. */
function isKnown(key: string): boolean {
  return Object.hasOwn(DEFAULTS, key) || /^extraById\..+\.(mode|thresholdPercent)$/.test(key);
}

function keyPath(key: string): string[] {
  const extra = /^extraById\.(.+)\.(mode|thresholdPercent)$/.exec(key);
  return extra ? ["extraById", extra[1]!, extra[2]!] : key.split(".");
}

function unknownKey(key: string): number {
  const [nearest] = Object.keys(DEFAULTS).toSorted((a, b) => distance(key, a) - distance(key, b));
  printError(
    `there is no setting "${key}"; did you mean ${nearest}? See: quota-sentry config list`,
  );
  return EXIT.usage;
}

/** `true`, `95` and `null` are what they look like; all else is text. */
function valueOf(word: string): unknown {
  try {
    const value: unknown = JSON.parse(word);
    return typeof value === "object" && value !== null ? word : value;
  } catch {
    return word;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "{}\n";
    throw error;
  }
}

function pathOrThrow(): string {
  const path = configPath();
  if (path === undefined) throw new Error("HOME is not set, so it is not known where settings are");
  return path;
}
