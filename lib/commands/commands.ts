import type { Command } from "../cli/command.ts";
import { type OptionName, SETTING_OPTIONS } from "../cli/options.ts";
import { SCENARIOS } from "../simulation/names.ts";
import { CONFIG_WORDS } from "./config_words.ts";

const STATE: readonly OptionName[] = ["state-dir", "provider", "home"];

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
      "home",
      ...SETTING_OPTIONS,
    ],
    examples: [
      ["quota-sentry install-hook", "for ~/.codex, or what CODEX_HOME names"],
      [
        "quota-sentry install-hook --home ~/.codex-work --threshold-percent 90",
        "for another Codex home, held from 90 % on",
      ],
    ],
    load: async () => (await import("./install_hook.ts")).installHook,
  },
  {
    name: "uninstall-hook",
    summary: "remove the Codex hooks and their trust",
    details: [
      "Removes only our hooks and their trust. Files that nobody else has changed are afterwards",
      "what they were before, byte for byte. Sessions that are open go on unguarded.",
    ],
    options: ["hooks-path", "home", "all"],
    examples: [
      ["quota-sentry uninstall-hook", "take back what install-hook has done"],
      ["quota-sentry uninstall-hook --all", "in every Codex home that has had them"],
    ],
    load: async () => (await import("./uninstall_hook.ts")).uninstallHook,
  },
  {
    name: "status",
    summary: "show the quota as it was last read, who waits, and whether the daemon runs",
    details: [],
    options: [...STATE, "all", "max-state-age-seconds", "verbose", "json"],
    examples: [
      ["quota-sentry status", "how much is left, and who waits"],
      ["quota-sentry status --all --json", "every Codex home, for a program"],
    ],
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "doctor",
    summary: "tell whether your sessions are protected, and what to do if not",
    details: [
      "Looks at the program, the settings, the source, the state, the daemon, and Codex's hooks as",
      "Codex itself sees them. Exits 0 only if your sessions are protected. The text holds no",
      "account data.",
      "",
      "--coverage shows instead which requests of this Codex are held, after it has tried each hook",
      "on a spent quota. Exits 0 only if all are that can be.",
    ],
    options: [...STATE, "all", "hooks-path", "json", "fix", "coverage"],
    examples: [
      ["quota-sentry doctor", "are my sessions protected?"],
      ["quota-sentry doctor --fix", "repair what can be repaired safely"],
    ],
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  {
    name: "pause",
    summary: "let everything pass for some time; held agents go on within a second",
    takesWords: "[TIME]",
    details: [
      "TIME is how long, such as 90s, 30m, 1h30m or 2d; --for=TIME says the same (default: 1h).",
      "It ends by itself, or with `quota-sentry resume`.",
    ],
    options: [...STATE, "all", "for", "until"],
    examples: [
      ["quota-sentry pause 30m", "nobody is held for half an hour"],
      ["quota-sentry pause --until 18:30 --all", "nor in any other Codex home, until then"],
    ],
    writes: true,
    load: async () => (await import("./pause.ts")).pause,
  },
  {
    name: "resume",
    summary: "end a pause",
    details: [],
    options: [...STATE, "all"],
    examples: [
      ["quota-sentry resume", "hold again from now on"],
      ["quota-sentry resume --home ~/.codex-work", "in another Codex home"],
    ],
    load: async () => (await import("./pause.ts")).resume,
  },
  {
    name: "revive",
    summary: "have sessions that stopped at the wall go on, or tell which there are",
    takesWords: "[SESSION…]",
    details: [
      "Without a session it tells which there are, and what goes on with each. One in a terminal is",
      "sent one message, once its quota is confirmed to be back: it goes on there, with its own model,",
      "sandbox and approvals. Of a run the command is printed that goes on with it; --run runs it.",
      "SESSION is the first characters of its id. Exits 75 where it is too early.",
    ],
    options: [...STATE, "all-sessions", "list", "message", "run", "json", ...SETTING_OPTIONS],
    examples: [
      ["quota-sentry revive", "which sessions stopped at the wall, and how each goes on"],
      [
        "quota-sentry revive 019a --message 'Please go on.'",
        "have the one whose id begins so go on",
      ],
    ],
    writes: true,
    load: async () => (await import("./revive.ts")).revive,
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
      ...SETTING_OPTIONS,
      "unless-fresher-than",
      "exit-code",
    ],
    examples: [
      ["quota-sentry poll", "ask for the quota now"],
      [
        "quota-sentry poll --exit-code --unless-fresher-than 60",
        "for a script: 0 open, 10 blocked, 11 unknown",
      ],
    ],
    writes: true,
    load: async () => (await import("./poll.ts")).pollCommand,
  },
  {
    name: "start",
    summary: "start the daemon that reads the quota every minute",
    details: ["The Codex hooks do this by themselves."],
    options: [
      ...STATE,
      ...SETTING_OPTIONS,
      "quiet",
    ],
    examples: [
      ["quota-sentry start", "watch the quota in the background"],
      [
        "quota-sentry start --source codex --interval-seconds 30",
        "ask Codex alone, twice a minute",
      ],
    ],
    load: async () => (await import("./start.ts")).start,
  },
  {
    name: "wait",
    summary: "wait while agents would be held, then return",
    details: [
      "Returns at once while nobody is held, and while the quota is not known. Starts the daemon",
      "if it does not run. Exits 0 when agents would go on, 75 when --max-wait is over. For a",
      "script that is about to begin something; quota-sentry-run does this and more.",
    ],
    options: [...STATE, "max-state-age-seconds", "max-wait", "after", "session"],
    examples: [
      ["quota-sentry wait && codex exec 'do it'", "begin when agents would not be held"],
      ["quota-sentry wait --max-wait 2h", "give up after two hours, with exit code 75"],
    ],
    load: async () => (await import("./wait.ts")).wait,
  },
  {
    name: "stop",
    summary: "stop the daemon",
    details: [],
    options: [...STATE, "all"],
    examples: [
      ["quota-sentry stop", "end the daemon of this Codex home"],
      ["quota-sentry stop --all", "end the daemons of all of them"],
    ],
    load: async () => (await import("./stop.ts")).stop,
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
      "state-dir",
      "provider",
      ...SETTING_OPTIONS,
    ],
    examples: [
      [
        "quota-sentry guard --state-only --verbose",
        "would an agent be held now, and why? It then waits as one would.",
      ],
      ["QUOTA_SENTRY_DISABLE=1 quota-sentry guard", "let this one pass"],
    ],
    load: async () => (await import("./guard.ts")).guardCommand,
  },
  {
    name: "config",
    summary: "show or change the settings: which windows hold, and how",
    takesWords: "list | get KEY | set KEY VALUE | unset KEY | path | check | schema",
    completes: CONFIG_WORDS,
    takesSettings: true,
    details: [
      "list shows every setting, its value and where it comes from: options over environment",
      "over file over defaults; with --verbose also what it does and takes. Keys are names such",
      "as windows.weekly.mode. With --home, set and unset change what differs for that Codex home;",
      "without, what holds for all. check exits 1 when something is wrong or misspelt; sessions",
      "then go on with the defaults.",
    ],
    options: ["home", "verbose"],
    examples: [
      ["quota-sentry config list --verbose", "every setting, its value, and what it does"],
      [
        "quota-sentry config set windows.fiveHour.thresholdPercent 90",
        "hold from 90 % of the 5-hour window on",
      ],
    ],
    load: async () => (await import("./config.ts")).config,
  },
  {
    name: "simulate",
    summary: "show a hold and a release in a few seconds, without Codex or codexbar",
    takesWords: "[SCENARIO]",
    completes: Object.fromEntries(
      Object.entries(SCENARIOS).map(([name, help]) => [name, { help }]),
    ),
    details: [
      "Runs the real daemon and the real guard in a private temporary directory, against a",
      "built-in quota that climbs to the wall and resets. Nothing of yours is read or changed.",
      "",
      "SCENARIO is one of those that --list tells of (default: wall). Each shows what was read, what",
      "was decided and by which rule, and what the agents did, and exits 1 if that is not what",
      "should be.",
      "",
      "--replay runs nothing: it takes readings of the past, of a file as `history --json` prints it",
      "or, by the word history, of the history itself, and tells when the settings would have held, until when, and what was left at each reset; with",
      "--set, what other settings would have done, side by side.",
    ],
    options: ["list", "speed", "replay", "set", "json", ...STATE],
    examples: [
      ["quota-sentry simulate burst", "four agents that spend one quota"],
      [
        "quota-sentry simulate --replay history --set windows.weekly.mode=hold",
        "what would holding by the week have done?",
      ],
    ],
    load: async () => (await import("./simulate.ts")).simulateCommand,
  },
  {
    name: "completion",
    summary: "print what has a shell complete the commands: bash, zsh or fish",
    takesWords: "bash | zsh | fish",
    completes: { bash: {}, zsh: {}, fish: {} },
    details: [
      "The script is for this version's commands, options and settings. It calls nothing: print it",
      "again after an upgrade.",
      "",
      "For fish it belongs into ~/.config/fish/completions/quota-sentry.fish.",
    ],
    options: [],
    examples: [
      [
        'eval "$(quota-sentry completion bash)"',
        "in ~/.bashrc; with zsh for bash, in ~/.zshrc behind compinit",
      ],
      [
        "quota-sentry completion zsh >_quota-sentry",
        "a file for one of zsh's directories of fpath",
      ],
    ],
    load: async () => (await import("./completion.ts")).completion,
  },
  {
    name: "man",
    summary: "print a manual page, for man, of the program or of a command",
    takesWords: "[COMMAND]",
    completes: "commands",
    details: [
      "Prints roff. In the repository, `scripts/manual` writes all pages and completions at once.",
    ],
    options: [],
    examples: [
      ["quota-sentry man status | man -l -", "read it"],
      ["quota-sentry man >quota-sentry.1", "a file for ~/.local/share/man/man1"],
    ],
    load: async () => (await import("./man.ts")).man,
  },
  {
    name: "version",
    summary: "print the version; with --json, what a bug report needs",
    details: [
      "--version says the same. The JSON has the build, the Deno and V8 that are in it, and what it",
      "was built for; nothing of yours.",
    ],
    options: ["json"],
    examples: [
      ["quota-sentry version", "one line"],
      ["quota-sentry version --json", "for a bug report"],
    ],
    load: async () => (await import("./version.ts")).version,
  },
  {
    name: "help",
    summary: "print this, or the manual of a command",
    takesWords: "[COMMAND]",
    completes: "commands",
    details: [],
    options: [],
    examples: [
      ["quota-sentry help", "all commands"],
      ["quota-sentry help pause", "one of them, as quota-sentry pause --help does"],
    ],
    load: async () => (await import("./help.ts")).help,
  },
  {
    name: "simulation",
    summary: "what `simulate` shows; it is started in a directory of its own",
    details: [],
    options: ["speed"],
    writes: true,
    hidden: true,
    takesWords: "NAME",
    load: async () => (await import("./simulation.ts")).simulationCommand,
  },
  {
    name: "daemon",
    summary: "the daemon itself; `start` runs it",
    details: [],
    options: [...STATE, ...SETTING_OPTIONS],
    writes: true,
    hidden: true,
    load: async () => (await import("./daemon.ts")).daemonCommand,
  },
  {
    name: "resume-of",
    summary: "what goes on with a run that died at the wall; quota-sentry-run asks this",
    details: [],
    options: ["file", "since", "message", "claim", "dry-run"],
    hidden: true,
    takesWords: "-- COMMAND",
    load: async () => (await import("./resume_of.ts")).resumeOf,
  },
  {
    name: "take-on",
    summary: "takes on a run that died at the wall; `resume-of` runs it",
    details: [],
    options: STATE,
    writes: true,
    hidden: true,
    takesWords: "SESSION",
    load: async () => (await import("./take_on.ts")).takeOnCommand,
  },
  {
    name: "notice-hooks",
    summary: "asks Codex what it makes of our hooks; `start --quiet` runs it",
    details: [],
    options: STATE,
    writes: true,
    hidden: true,
    load: async () => (await import("./notice_hooks.ts")).noticeHooks,
  },
  {
    name: "files",
    summary: "changes one file in the working directory, for a process that may not write",
    details: [],
    options: ["length"],
    writes: true,
    hidden: true,
    takesWords: "OPERATION NAME",
    load: async () => (await import("./files.ts")).files,
  },
];
