import { existsSync } from "@std/fs/exists";
import { OPTION_NAMES, optionSpec } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { SETTINGS } from "../../lib/config/table.ts";
import { ROOT } from "./markdown.ts";

/** Options of other programs that documents speak of by themselves. */
const OF_OTHERS = ["--ephemeral", "--worktree", "--profile"];

const RUN_SCRIPT = "lib/harness/quota-sentry-run.sh";

/**
 * What is wrong with a command of ours: it is not there, or has not such an option, or does not take
 * such a value. A word in capitals stands for a value. Nothing is said of other people's commands.
 */
export function wrongWith([program = "", ...args]: readonly string[]): string | undefined {
  if (program === "quota-sentry") return wrongWithOurs(args);
  if (program === "quota-sentry-run") {
    const behind = args.indexOf("--");
    return wrongWithOptions(upTo(behind, args), Deno.readTextFileSync(ROOT + RUN_SCRIPT)) ??
      (behind < 0 ? undefined : wrongWith(args.slice(behind + 1)));
  }
  const script = program.replace(/^\.\//, "");
  return script.startsWith("scripts/") ? wrongWithScript(script, args) : undefined;
}

/** What is wrong with an option that is written without a command. */
export function wrongWithOption(option: string): string | undefined {
  const flag = option.split(/[= ]/)[0]!;
  const ours = OPTION_NAMES.map((name) => `--${optionSpec(name).flag}`);
  const scripts = [...Deno.readDirSync(`${ROOT}scripts`)].filter(({ isFile }) => isFile)
    .map(({ name }) => Deno.readTextFileSync(`${ROOT}scripts/${name}`));
  const texts = [...ours, ...OF_OTHERS, Deno.readTextFileSync(ROOT + RUN_SCRIPT), ...scripts];
  return wrongWithOptions([flag], ["--help", "--version", ...texts].join("\n"));
}

function wrongWithOurs(args: readonly string[]): string | undefined {
  const parsed = parseCommandLine(COMMANDS, args);
  if (parsed.kind === "error") {
    return args.some(isPlaceholder) ? wrongWithNames(args, parsed.message) : parsed.message;
  }
  if (parsed.kind !== "command") return undefined;
  const { command, words, options } = parsed;
  const [verb, key] = words;
  const keys = command.name === "config" && ["get", "set", "unset"].includes(verb ?? "")
    ? [key]
    : (options.set ?? []).map((each) => each.split("=")[0]);
  const wrong = keys.find((each) => each && !isPlaceholder(each) && !isSetting(each));
  return wrong && `there is no setting ${wrong}`;
}

/** Where a value is only named, the names are looked at alone. */
function wrongWithNames(
  [name = "", ...args]: readonly string[],
  message: string,
): string | undefined {
  if (isPlaceholder(name)) return undefined;
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return message;
  const flags = command.options.map((each) => `--${optionSpec(each).flag}`);
  return wrongWithOptions(args, flags.join("\n"));
}

function isPlaceholder(word: string): boolean {
  return /^([^a-z]*=)?[A-Z][A-Z_-]*…?$|[[\]|…]/.test(word);
}

function isSetting(key: string): boolean {
  return key in SETTINGS || /^(windows\.)?extraById\./.test(key);
}

function wrongWithScript(script: string, args: readonly string[]): string | undefined {
  const path = script.replace(/\/$/, "");
  if (/\*/.test(path)) return undefined;
  if (!existsSync(ROOT + path)) return `there is no ${path}`;
  if (path === "scripts/quota-sentry") return wrongWithOurs(args);
  const before = upTo(args.indexOf("--"), args);
  const gone = before.find((each) => /^(tests|lib|docs)\//.test(each) && !existsSync(ROOT + each));
  if (gone !== undefined) return `there is no ${gone}`;
  if (path !== "scripts/deno") return wrongWithOptions(before, textsBehind(path));
  const [verb, task = "", ...rest] = before.filter((each) => each !== "-q");
  if (verb !== "task") return undefined;
  const behind = tasks()[task];
  if (behind === undefined) return `there is no task ${task}`;
  return wrongWithOptions(rest, mentionedIn(behind).map((each) => textsBehind(each)).join("\n")) ??
    wrongWithParts(task, rest);
}

/** The benchmark has parts. */
function wrongWithParts(task: string, args: readonly string[]): string | undefined {
  if (task !== "bench") return undefined;
  const text = Deno.readTextFileSync(`${ROOT}scripts/bench.ts`);
  const wrong = args.find((each) => /^\w/.test(each) && !text.includes(each));
  return wrong && `the benchmark has no part ${wrong}`;
}

function wrongWithOptions(args: readonly string[], text: string): string | undefined {
  const wrong = args.map((each) => each.split("=")[0]!)
    .find((each) => /^-/.test(each) && each !== "--" && !hasWord(text, each));
  return wrong && `there is no option ${wrong}`;
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`(^|[^\\w-])${RegExp.escape(word)}(?![\\w-])`, "m").test(text);
}

/** The text of a script, and of those that it names, and of those that these name. */
function textsBehind(path: string, depth = 2): string {
  if (!existsSync(ROOT + path, { isFile: true })) return "";
  const text = Deno.readTextFileSync(ROOT + path);
  const named = depth === 0 ? [] : mentionedIn(text).filter((each) => each !== path);
  return [text, ...named.map((each) => textsBehind(each, depth - 1))].join("\n");
}

/** The scripts that a text names, by their paths or as a task. */
function mentionedIn(text: string): string[] {
  const ofTasks = [...text.matchAll(/\btask (?:-q )?([\w-]+)/g)].flatMap(([, task]) =>
    tasks()[task!] ?? []
  );
  return [text, ...ofTasks].flatMap((each) => each.match(/\bscripts\/[\w/.-]+\w/g) ?? []);
}

function tasks(): Record<string, string> {
  return JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)).tasks;
}

function upTo(end: number, args: readonly string[]): readonly string[] {
  return end < 0 ? args : args.slice(0, end);
}
