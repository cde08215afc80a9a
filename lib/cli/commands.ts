import type { OptionName, Options } from "./options.ts";

/** A finished parse: what a command gets. */
export interface Invocation {
  readonly command: Command;
  readonly options: Options;
  /** The options that were given, in the table's order. */
  readonly given: readonly OptionName[];
  /** Words behind the command. */
  readonly words: readonly string[];
}

/** Runs a command and returns its exit code. */
export type CommandHandler = (invocation: Invocation) => Promise<number>;

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** More for `COMMAND --help`, in lines. */
  readonly details: readonly string[];
  readonly options: readonly OptionName[];
  /** Writes in the directory that it is started in; every other command gives up writing at once. */
  readonly writes?: boolean;
  /** For our own processes: left out of the help. */
  readonly hidden?: boolean;
  /** What stands behind the command, in the help, where words may; without it none may. */
  readonly takesWords?: string;
  /** Its words name settings, which somebody may write as the options of other commands. */
  readonly takesSettings?: boolean;
  /** Loads the handler; nothing is loaded for the other commands. */
  readonly load: () => Promise<CommandHandler>;
}

const STATE: readonly OptionName[] = ["state-dir", "provider"];
const POLICY: readonly OptionName[] = ["threshold-percent", "reset-buffer-seconds"];

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "install-hook",
    summary: "install the Codex hooks and let Codex trust them",
    details: [
      "Adds five hooks to the hooks file: at a session's start, a prompt, a request to the model, a",
      "compaction and a tool call. Leaves everything else in it as it is, keeps a copy in",
      "hooks.json.before-quota-sentry, and has Codex trust exactly these hooks, also those that",
      "only a later Codex knows. If that fails, everything is put back. Options given here are",
      "written into the hooks, and stay there when it is run again.",
    ],
    options: [
      "hooks-path",
      "script-path",
      "direct",
      "state-dir",
      ...POLICY,
      "interval-seconds",
      "max-state-age-seconds",
      "source",
    ],
    load: async () => (await import("../commands/install_hook.ts")).installHook,
  },
  {
    name: "uninstall-hook",
    summary: "remove them again",
    details: [
      "Removes only our hooks and their trust. Files that nobody else has changed are afterwards",
      "what they were before, byte for byte. Sessions that are open go on unguarded.",
    ],
    options: ["hooks-path"],
    load: async () => (await import("../commands/uninstall_hook.ts")).uninstallHook,
  },
  {
    name: "status",
    summary: "show the quota as it was last read, who waits, and whether the daemon runs",
    details: [],
    options: [...STATE, "max-state-age-seconds", "verbose", "json"],
    load: async () => (await import("../commands/status.ts")).status,
  },
  {
    name: "doctor",
    summary: "tell whether your sessions are protected, and what to do if not",
    details: [
      "Looks at the program, the settings, the source, the state, the daemon, and Codex's hooks as",
      "Codex itself sees them. Exits 0 only if your sessions are protected. The text holds no",
      "account data.",
      "--coverage shows instead which requests of this Codex are held, after it has tried each hook",
      "on a spent quota. Exits 0 only if all are that can be.",
    ],
    options: [...STATE, "hooks-path", "json", "fix", "coverage"],
    load: async () => (await import("../commands/doctor.ts")).doctorCommand,
  },
  {
    name: "pause",
    summary: "let everything pass for some time; held agents go on within a second",
    takesWords: "[TIME]",
    details: [
      "TIME is how long, such as 90s, 30m, 1h30m or 2d; --for=TIME says the same (default: 1h).",
      "It ends by itself, or with: quota-sentry resume",
    ],
    options: [...STATE, "for", "until"],
    writes: true,
    load: async () => (await import("../commands/pause.ts")).pause,
  },
  {
    name: "resume",
    summary: "end a pause",
    details: [],
    options: STATE,
    load: async () => (await import("../commands/pause.ts")).resume,
  },
  {
    name: "poll",
    summary: "read the quota once, write the state, print one line",
    details: [
      "Exits 0 whatever the quota is, and 1 where the state cannot be written. With --exit-code:",
      "0 open, 10 blocked, 11 unknown.",
    ],
    options: [
      ...STATE,
      ...POLICY,
      "max-state-age-seconds",
      "source",
      "unless-fresher-than",
      "exit-code",
    ],
    writes: true,
    load: async () => (await import("../commands/poll.ts")).pollCommand,
  },
  {
    name: "start",
    summary: "start the daemon that reads the quota every minute",
    details: ["The Codex hooks do this by themselves."],
    options: [
      ...STATE,
      ...POLICY,
      "interval-seconds",
      "max-state-age-seconds",
      "source",
      "quiet",
    ],
    load: async () => (await import("../commands/start.ts")).start,
  },
  {
    name: "stop",
    summary: "stop it",
    details: [],
    options: STATE,
    load: async () => (await import("../commands/stop.ts")).stop,
  },
  {
    name: "guard",
    summary: "hold while the quota is spent, else return at once (hooks call this)",
    details: [
      "Exits 0 whatever happens and prints nothing, so that it can never deny or disturb",
      "anything. QUOTA_SENTRY_DISABLE=1 lets it pass; QUOTA_SENTRY_NOTICE_FILE names a file",
      "to which a line is appended when a hold begins.",
    ],
    options: [
      "state-only",
      "start-daemon",
      "on",
      "verbose",
      "no-notify",
      ...STATE,
      ...POLICY,
      "interval-seconds",
      "max-state-age-seconds",
      "source",
    ],
    load: async () => (await import("../commands/guard.ts")).guardCommand,
  },
  {
    name: "config",
    summary: "show or change the settings: which windows hold, and how",
    takesWords: "list | get KEY | set KEY VALUE | unset KEY | path | check | schema",
    takesSettings: true,
    details: [
      "list shows every setting, its value and where it comes from: options over environment",
      "over file over defaults. Keys are names such as windows.weekly.mode. check exits 1",
      "when something is wrong or misspelt; sessions then go on with the defaults.",
    ],
    options: [],
    load: async () => (await import("../commands/config.ts")).config,
  },
  {
    name: "simulate",
    summary: "show a hold and a release in a few seconds, without Codex or codexbar",
    takesWords: "[burst]",
    details: [
      "Runs the real daemon and the real guard in a private temporary directory, against a",
      "built-in quota that climbs to the wall and resets. Nothing of yours is read or changed.",
      "burst: four agents spend one quota, and all are held; exits 1 if one was not, or died.",
    ],
    options: [],
    load: async () => (await import("../commands/simulate.ts")).simulateCommand,
  },
  {
    name: "simulation",
    summary: "what `simulate` shows; it is started in a directory of its own",
    details: [],
    options: [],
    writes: true,
    hidden: true,
    takesWords: "NAME",
    load: async () => (await import("../commands/simulation.ts")).simulationCommand,
  },
  {
    name: "daemon",
    summary: "the daemon itself; `start` runs it",
    details: [],
    options: [...STATE, ...POLICY, "interval-seconds", "max-state-age-seconds", "source"],
    writes: true,
    hidden: true,
    load: async () => (await import("../commands/daemon.ts")).daemonCommand,
  },
  {
    name: "notice-hooks",
    summary: "asks Codex what it makes of our hooks; `start --quiet` runs it",
    details: [],
    options: STATE,
    writes: true,
    hidden: true,
    load: async () => (await import("../commands/notice_hooks.ts")).noticeHooks,
  },
  {
    name: "files",
    summary: "changes one file in the working directory, for a process that may not write",
    details: [],
    options: ["length"],
    writes: true,
    hidden: true,
    takesWords: "OPERATION NAME",
    load: async () => (await import("../commands/files.ts")).files,
  },
];
