/** What shows that a scenario goes well: tests by their names, and the file that they are in. */
export interface Shown {
  readonly file: string;
  readonly tests: readonly [string, ...string[]];
}

/** What is not tried, and why: a sentence for the README. */
export interface NotShown {
  readonly note: string;
}

/** A scenario, and what shows it for each harness by its id. */
export interface ScenarioRow {
  readonly scenario: string;
  readonly cells: Readonly<Record<string, Shown | NotShown>>;
}

const shown = (file: string) => (...tests: Shown["tests"]): Shown => ({ file, tests });

const codex = shown("tests/codex/scenarios.ts");
const codexRelease = shown("tests/codex/release.test.ts");
const claude = shown("tests/claude/scenarios.test.ts");
const claudeTerminal = shown("tests/claude/terminal.test.ts");
const openCode = shown("tests/opencode/scenarios.test.ts");

const OPENCODE_LETS_GO = openCode(
  "an early reset, a pause and a release each let a held turn go on",
);
const CLAUDE_TAKES_AWAY = claude("settings that the user edits, and uninstall, while it is held");
const CODEX_TAKES_AWAY = codex("hooks that the user edits, and uninstall, while it is held");

/** Each scenario with each harness. A test that is renamed is renamed here. */
export const ROWS: readonly ScenarioRow[] = [
  {
    scenario: "open: the model gets the same requests as without hooks",
    cells: {
      codex: codex("an open turn goes through; the hooks add no request and no text to the model"),
      claude: claude("open: the hooks add no request and no text to the model"),
      opencode: openCode("with the quota open, the model gets the same requests as without hooks"),
    },
  },
  {
    scenario: "held at a prompt",
    cells: {
      codex: codex(
        "a block delays the prompt until the reset and its buffer, and the turn completes",
      ),
      claude: claude("held at a prompt until the reset and its buffer"),
      opencode: openCode(
        "a block delays the prompt until the reset and its buffer, and the turn completes",
      ),
    },
  },
  {
    scenario: "held in a turn, behind its tools",
    cells: {
      codex: codex("a block that begins in a turn delays the next request, and not the tool"),
      claude: claude("held behind its tools, which have run, before the next request"),
      opencode: openCode(
        "a block that begins in a turn delays the next request, and not the tools",
      ),
    },
  },
  {
    scenario: "sub-agents",
    cells: {
      codex: shown("tests/codex/held_turns.test.ts")(
        "three sub-agents and their parent",
        "three sub-agents and their parent, in code mode",
      ),
      claude: claude("a sub-agent is held before it starts, and behind its own tools"),
      opencode: openCode("a sub-agent is held before it starts, and within"),
    },
  },
  {
    scenario: "an early reset",
    cells: {
      codex: codex("an early reset lets a held turn go on"),
      claude: claude("an early reset lets a held turn go on"),
      opencode: OPENCODE_LETS_GO,
    },
  },
  {
    scenario: "`pause`",
    cells: {
      codex: codex("a pause lets a held turn go on"),
      claude: claude("a pause lets a held turn go on"),
      opencode: OPENCODE_LETS_GO,
    },
  },
  {
    scenario: "`release`",
    cells: {
      codex: codexRelease(
        "release: a held turn goes on to its end, while the quota stays spent",
      ),
      claude: claude("a release lets a held turn go on"),
      opencode: OPENCODE_LETS_GO,
    },
  },
  {
    scenario: "denied: `cancel`",
    cells: {
      codex: codexRelease(
        "cancel: a held prompt is denied, and no request goes out; a held request is not denied",
      ),
      claude: claude(
        "denied: cancel drops a prompt, and no request is made",
        "denied: cancel ends a turn behind its tools, without another request",
      ),
      opencode: openCode("cancel ends a held turn with the reason, without a request"),
    },
  },
  {
    scenario: "Esc: the turn is ended while it is held",
    cells: {
      codex: codexRelease(
        "cancel: a held prompt is denied, and no request goes out; a held request is not denied",
      ),
      claude: claudeTerminal(
        "a status line of the user's own is shown, and the next request waits on what it was told",
      ),
      opencode: shown("tests/opencode/terminal.test.ts")(
        "Esc ends a held turn and its wait, both ends of one are told, and none outlives a kill",
      ),
    },
  },
  {
    scenario: "killed while it is held",
    cells: {
      codex: codex(
        "Codex ended by SIGKILL while it is held leaves no process of ours but the daemon",
        "Codex ended by SIGTERM while it is held leaves no process of ours but the daemon",
        "Codex ended by SIGKILL while it is held at the model leaves no process but the daemon",
        "Codex ended by SIGTERM while it is held at the model leaves no process but the daemon",
      ),
      claude: claude("a session that is killed while it is held leaves no process but the daemon"),
      opencode: openCode(
        "OpenCode ended by SIGTERM while it is held leaves no process but the daemon",
      ),
    },
  },
  {
    scenario: "uninstalled with a session open",
    cells: {
      codex: CODEX_TAKES_AWAY,
      claude: CLAUDE_TAKES_AWAY,
      opencode: openCode(
        "uninstalled while a session is held: the files are as they were, and it goes on at its end",
      ),
    },
  },
  {
    scenario: "its file is edited meanwhile",
    cells: {
      codex: CODEX_TAKES_AWAY,
      claude: CLAUDE_TAKES_AWAY,
      opencode: shown("tests/harness/opencode/plugin.test.ts")(
        "a plugin file that was edited meanwhile stays, and everybody says so",
      ),
    },
  },
  {
    scenario: "its quota is known from its own sessions",
    cells: {
      codex: shown("tests/codex/sources.test.ts")(
        "source sessions: what a real session wrote down",
      ),
      claude: claudeTerminal(
        "a status line of the user's own is shown, and the next request waits on what it was told",
        "without a status line of the user's own the quota is shown",
      ),
      opencode: {
        note: "OpenCode tells no quota: it is held on what is known of Codex's account.",
      },
    },
  },
  {
    scenario: "an API key, or no quota known: nothing is held",
    cells: {
      codex: codex(
        "a codexbar that is missing stops nobody",
        "a codexbar that is failing stops nobody",
      ),
      claude: claudeTerminal(
        "with an API key nothing is held, and that is said once an answer has told it",
      ),
      opencode: openCode("a codexbar that is missing or fails, and an API key, stop nobody"),
    },
  },
];
