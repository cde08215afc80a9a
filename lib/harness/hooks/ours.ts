import { hookWords } from "./hook_command.ts";
import { type Hook, NAME } from "./hook.ts";

/** Programs of this name are this one, its script, or the Python tool of the same name. */
const OUR_PROGRAM = /(^|\/)quota[-_]sentry(-hook)?(\.\w+)?$/;

/** A program that runs the program named behind it, and its options. */
interface Launcher {
  readonly name: RegExp;
  /** Those that stand alone. */
  readonly alone: RegExp;
  /** Those behind which a value of theirs comes, which is no program. */
  readonly valued: RegExp;
}

const LAUNCHERS: readonly Launcher[] = [
  {
    name: /(^|\/)env$/,
    alone: /^(-[i0v]*|--|--ignore-environment|--debug)$/,
    valued: /^(-[uCa]|--unset|--chdir|--argv0)$/,
  },
  { name: /(^|\/)(exec|nohup)$/, alone: /^(-[cl]+|--)$/, valued: /^-a$/ },
  { name: /(^|\/)(sh|bash|dash|zsh)$/, alone: /^(-[aefiluvx]+|--|--login)$/, valued: /^-o$/ },
  { name: /(^|\/)python[\d.]*$/, alone: /^-[bBdEiIOPqsSuvx]*m?$/, valued: /^-[WX]$/ },
  {
    name: /(^|\/)(uv|uvx|pipx|run)$/,
    alone: /^(-[mqv]+|--|--(quiet|frozen|isolated|no-cache|no-project|no-sync|offline|script))$/,
    valued: /^(-p|--(directory|from|package|project|python|spec|with))$/,
  },
];

/** What hooks call it with; the last is the Python tool's. */
const HOOK_COMMANDS = ["guard", "start", "daemon", "prompt-guard"];

/** Commands with which no hook of ours calls it. */
const OTHER_COMMANDS = [
  ...["status", "doctor", "poll", "stop", "pause", "resume", "config", "simulate"],
  ...["install-hook", "uninstall-hook"],
];

/** True for a handler that this program installed, in this version or an earlier one. */
export function isOurs(handler: unknown): boolean {
  if (typeof handler !== "object" || handler === null) return false;
  const { command, statusMessage } = handler as Record<string, unknown>;
  const words = typeof command === "string" ? hookWords(command) : undefined;
  if (words === undefined) return false;
  const isNamed = typeof statusMessage === "string" && statusMessage.startsWith(`${NAME}: `);
  const first = programIn(words);
  if (!isNamed && !OUR_PROGRAM.test(words[first] ?? "")) return false;
  const called = words.slice(first + 1).find((word) =>
    HOOK_COMMANDS.includes(word) || OTHER_COMMANDS.includes(word)
  );
  return called !== undefined && HOOK_COMMANDS.includes(called);
}

/**
 * Where the program stands that is called, behind variables and launchers: a directory that a launcher
 * is to change to may have our name too. Returns -1 for options whose values nobody here knows.
 */
function programIn(words: readonly string[]): number {
  let launcher: Launcher | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (/^(\w+|--[\w-]+)=/.test(word) || launcher?.alone.test(word)) continue;
    if (launcher?.valued.test(word)) {
      index++;
      continue;
    }
    if (word.startsWith("-")) return -1;
    const next = LAUNCHERS.find(({ name }) => name.test(word));
    if (next === undefined) return index;
    launcher = next;
  }
  return -1;
}

/** True for a handler that this program wrote itself, whatever it is called. */
export function isOurOwn({ group }: Hook): boolean {
  return group.hooks[0].statusMessage?.startsWith(`${NAME}: `) ?? false;
}
