import type { HookProgram } from "../../harness.ts";
import { hookCommand, hookWords } from "./hook_command.ts";

/** One hook as `hooks.json` has it: a group with a single handler under an event. */
export interface CodexHook {
  readonly event: string;
  readonly group: {
    /** A regular expression for what the event is about; left out where Codex ignores it. */
    readonly matcher?: string;
    readonly hooks: readonly [CodexHandler];
  };
}

/** A handler as `hooks.json` has it. */
export interface CodexHandler {
  readonly type: "command";
  readonly command: string;
  /** Seconds; Codex kills the hook then, and the turn goes on. */
  readonly timeout: number;
  /** What the TUI shows while the hook runs. */
  readonly statusMessage: string;
}

/** Every status message of ours begins with this; Codex shows it to the user. */
const NAME = "Quota Sentry";

/** Longer than any hold: 32 days, while no window is longer than 30. Codex takes up to 366. */
const GUARD_TIMEOUT_SECONDS = 32 * 86_400;

/** `start` gives up after 10 s. */
const START_TIMEOUT_SECONDS = 60;

/** What the hooks call, for who only wants to know their form. */
export const ANY_PROGRAM: HookProgram = {
  path: "/quota-sentry",
  startArguments: [],
  guardArguments: [],
  stateOnlyArguments: [],
};

/** The hooks that guard a Codex session. */
export function ourHooks(program: HookProgram): CodexHook[] {
  const guard = (word: string, args: readonly string[]) => ({
    command: hookCommand(program.path, ["guard", word], args),
    timeout: GUARD_TIMEOUT_SECONDS,
    statusMessage: `${NAME}: checking the quota; waits for the reset if it is spent`,
  });
  return [
    hook("SessionStart", "startup|resume|clear|compact", {
      command: hookCommand(program.path, ["start", "--quiet"], program.startArguments),
      timeout: START_TIMEOUT_SECONDS,
      statusMessage: `${NAME}: watching the quota`,
    }),
    hook("UserPromptSubmit", undefined, guard("--start-daemon", program.guardArguments)),
    // Every request to the model but those that compact; Codex ignores a matcher here.
    hook("PreModelRequest", undefined, guard("--on=model", program.guardArguments)),
    // Those: whether the agent asks for it or the user (its matcher tests `auto` and `manual`).
    hook("PreCompact", ".*", guard("--on=compact", program.guardArguments)),
    hook("PreToolUse", ".*", guard("--on=tool", program.stateOnlyArguments)),
  ];
}

/** The events of ours that are not among these. */
export function missingEvents(hooks: readonly CodexHook[]): string[] {
  return ourHooks(ANY_PROGRAM).map(({ event }) => event)
    .filter((event) => !hooks.some((hook) => hook.event === event));
}

function hook(
  event: string,
  matcher: string | undefined,
  handler: Omit<CodexHandler, "type">,
): CodexHook {
  const group = { hooks: [{ type: "command", ...handler }] as [CodexHandler] };
  return { event, group: matcher === undefined ? group : { matcher, ...group } };
}

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
export function isOurOwn({ group }: CodexHook): boolean {
  return group.hooks[0].statusMessage?.startsWith(`${NAME}: `) ?? false;
}
