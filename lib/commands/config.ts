import { dirname, resolve } from "@std/path";
import { applyEdits, modify } from "jsonc-parser";
import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { type ConfigFile, configSchema, parseConfig } from "../config/config_file.ts";
import { isHomeName, sectionsFor } from "../config/homes.ts";
import { configPath, loadSettings } from "../config/load.ts";
import { isSetting, pathOf, type Setting, type UnknownKey } from "../config/settings.ts";
import { isSourceName } from "../config/values.ts";
import { changeElsewhere, makeDirectoryElsewhere } from "../files/elsewhere.ts";
import { readOnDisk } from "../harness/hooks/user_file.ts";
import { describedSettingLines, settingLines } from "./setting_lines.ts";
import { noSuchSetting, readSetting, SOURCE_ISSUE } from "./setting_words.ts";
import { homeOf } from "./target.ts";

/** `config`: shows and changes the settings. */
export async function config({ words, options, command }: Invocation): Promise<number> {
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
      return await list(options);
    case "get":
      return await get(key!, options);
    case "set":
      return await set(key!, value!, options);
    default:
      return isSetting(key!) ? await change(key!, undefined, options) : unknownKey(key!);
  }
}

async function list(options: Options): Promise<number> {
  const { list, problems } = await loadSettings({}, homeOf(options));
  const lines = options.verbose ? describedSettingLines(list) : settingLines(list);
  print(lines.map((line) => `${line}\n`).join(""));
  for (const problem of problems) printError(`not used: ${problem}`);
  return EXIT.ok;
}

async function check(): Promise<number> {
  const { problems, unknownKeys, settings } = await loadSettings({}, homeOf({}));
  for (const problem of problems) printError(problem);
  if (problems.length > 0) {
    const isFile = problems.some((problem) => problem.startsWith(`${configPath()}: `));
    const what = isFile ? "nothing in the file is used" : "the variable is not used";
    printError(`until that is mended ${what}: the defaults stand, and sessions go on`);
  }
  for (const each of unknownKeys) {
    printError(`${configPath()}: this does nothing: ${whyUnknown(each)}`);
  }
  const isSource = isSourceName(settings.source);
  if (!isSource) {
    const { source } = settings;
    printError(`source: ${SOURCE_ISSUE}, not "${source}"; until then the quota is not read`);
  }
  if (problems.length > 0 || unknownKeys.length > 0 || !isSource) return EXIT.failed;
  print("the settings are fine\n");
  return EXIT.ok;
}

async function get(key: string, options: Options): Promise<number> {
  const home = homeOf(options);
  if (!isSetting(key)) return unknownKey(key);
  const { list } = await loadSettings({}, home);
  const setting = list.find((each) => each.key === key) ?? list.find(isFallbackOf(key));
  print(`${setting ? JSON.stringify(setting.value) : "null"}\n`);
  return EXIT.ok;
}

async function set(key: string, word: string, options: Options): Promise<number> {
  if (!isSetting(key)) return unknownKey(key);
  const read = readSetting(key, word);
  if ("wrong" in read) {
    printError(`${read.wrong}; nothing was changed`);
    return EXIT.usage;
  }
  return await change(key, read.value, options);
}

/** Changes a setting: for one home where that is named, else for all. */
async function change(key: string, value: unknown, { home }: Options): Promise<number> {
  const path = pathOrThrow();
  const file = await readOnDisk(path);
  const text = file.text ?? "{}\n";
  const parsed = parseConfig(text);
  if (parsed.kind === "broken") {
    printError(`${path} is left as it is: ${parsed.problems[0]}; mend it first`);
    return EXIT.failed;
  }
  const section = home === undefined ? [] : ["homes", await sectionName(parsed.config, home)];
  const place = [...section, ...pathOf(key)];
  if (value === undefined && valueAt(parsed.config, place) === undefined) return EXIT.ok;
  // By edits, so that the user's own writing and unknown keys stay.
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  const edits = modify(text, place, value, { formattingOptions });
  const changed = applyEdits(text, edits);
  const after = parseConfig(changed);
  if (after.kind === "broken") throw new Error(`${path} could not be changed`);
  // Of a key that stands twice the first was changed, and the last counts.
  const now = valueAt(after.config, place);
  if (JSON.stringify(now) !== JSON.stringify(value)) {
    printError(`${path} is left as it is: ${place.join(".")} stands there twice; mend it first`);
    return EXIT.failed;
  }
  await makeDirectoryElsewhere(dirname(path));
  await changeElsewhere({ ...file, before: file.text, after: changed });
  return EXIT.ok;
}

/** What a file has at a place; undefined for nothing. */
function valueAt(file: ConfigFile, place: readonly string[]): unknown {
  let inner: unknown = file;
  for (const name of place) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, name)) {
      return undefined;
    }
    inner = (inner as Record<string, unknown>)[name];
  }
  return inner;
}

/** The section for a home: the one that counts, as it is written, or a new one's name. */
async function sectionName(file: ConfigFile, home: string): Promise<string> {
  const written = (await sectionsFor(file, home)).at(-1);
  return written ?? (isHomeName(home) ? home : resolve(home));
}

/** An extra window that is not named goes by `windows.extra`. */
function isFallbackOf(key: string): (setting: Setting) => boolean {
  const path = pathOf(key);
  return (setting) => path[0] === "extraById" && setting.key === `windows.extra.${path[2]}`;
}

function unknownKey(key: string): number {
  printError(`${noSuchSetting(key)}; nothing was changed. See: quota-sentry config list`);
  return EXIT.usage;
}

/** Why a key of the file does nothing. */
function whyUnknown({ key, home }: UnknownKey): string {
  if (home === undefined) return noSuchSetting(key);
  return isHomeName(home)
    ? `homes "${home}": ${noSuchSetting(key)}`
    : `homes "${home}" is no home: write /DIR or ~/DIR`;
}

function pathOrThrow(): string {
  const path = configPath();
  if (path === undefined) throw new Error("HOME is not set, so it is not known where settings are");
  return path;
}
