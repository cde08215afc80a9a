import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { type Told, toldFiles, toldIn } from "../../lib/harness/claude/quota/told.ts";
import { readText, until } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";
import { lastTexts, type Limits, once, startMockModel } from "./mock_model.ts";
import { ClaudeSandbox, claudeTest } from "./session.ts";

/** Claude Code in a terminal, with somebody who can type. */
class Terminal extends PseudoTerminal {
  constructor(box: ClaudeSandbox) {
    super(box, "exec claude --allowedTools Bash", { columns: 120, rows: 40 });
  }

  /** Ends the line when it is there. */
  override async type(line: string): Promise<void> {
    const before = this.written.length;
    await this.press(line);
    await this.shows(line, before);
    await this.press("\r");
  }

  /** Waits until words are shown, however they are spaced, since that point of what was written. */
  async shows(words: string, from = 0): Promise<void> {
    await until(`the terminal shows "${words}"`, () => this.hasShown(words, from))
      .catch((error) => {
        throw new Error(`${error.message}; it shows: ${this.#shown(from).slice(-1500)}`);
      });
  }

  /** Whether words have been shown. */
  hasShown(words: string, from = 0): boolean {
    return this.#shown(from).includes(words.replace(/\s+/g, ""));
  }

  #shown(from: number): string {
    // deno-lint-ignore no-control-regex -- Sequences that a terminal obeys.
    const sequence = /\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)/g;
    return this.written.slice(from).replace(sequence, "").replace(/\s+/g, "");
  }
}

/** Far away: what lets a turn go on is the user. */
const resetsAt = Math.floor(Date.now() / 1000) + 3600;

claudeTest(
  "a status line of the user's own is shown, and the next request waits on what it was told",
  async () => {
    let told: Limits = { usedPercent: 90, resetsAt };
    // A tool that runs until its answer's numbers are known: on a busy machine the status line is late.
    await using model = startMockModel({
      script: once({ shell: 'until [ -e "$HOME/known" ]; do sleep 0.1; done; rm "$HOME/known"' }),
      limits: () => told,
    });
    const own = { type: "command", command: "cat >/dev/null; echo MY-LINE" };
    const settings = JSON.stringify({ statusLine: own }, null, 4);
    await using box = new ClaudeSandbox(model.port, { settings });
    await box.install();
    await using terminal = new Terminal(box);
    await terminal.shows("MY-LINE");
    await terminal.type("do it");
    await until("the daemon was told", () => box.state?.usedPercent === 90);
    Deno.writeTextFileSync(`${box.home}/known`, "");
    await until("the turn has ended", () => model.requests.length === 2);
    await terminal.shows("Done.");
    assertEquals(box.state?.source, "sessions");

    // The answer to the third request says that the quota is spent; the fourth is to wait.
    told = { usedPercent: 97.5, resetsAt };
    await terminal.type("once more");
    await until("the daemon was told", () => box.state?.status === "blocked");
    Deno.writeTextFileSync(`${box.home}/known`, "");
    await box.untilHeld("request");
    assertEquals([box.state?.status, model.requests.length], ["blocked", 3]);

    // Esc ends the turn, and the wait with it.
    await terminal.press("\x1b");
    await box.untilNoneWaits();
    await until("the hook has ended", () => guards(box).length === 0);
    assertEquals(model.requests.length, 3);

    // At a prompt it takes that back into the input, from where it can be sent again.
    await terminal.type("and now");
    await box.untilHeld("prompt");
    const esc = terminal.written.length;
    await terminal.press("\x1b");
    await box.untilNoneWaits();
    await terminal.shows("and now", esc);
    await until("the hook has ended", () => guards(box).length === 0);
    await terminal.press("\r");
    await box.untilHeld("prompt");
    assertEquals(model.requests.length, 3);
    told = { usedPercent: 1, resetsAt: resetsAt + 18_000 };
    await box.ours("release", "--all");
    await until("it goes on", () => model.requests.length > 3);
    assertEquals(lastTexts(model.requests[3]!).at(-1), "and now");

    // Taken away while the session is open: its own status line is back.
    assertEquals((await box.run(["uninstall-hook", "claude"])).code, 0);
    assertEquals(box.settings, settings);
    assert(readText(`${box.claudeHome}/quota-sentry-statusline`) === undefined);
  },
  SCRIPT === undefined,
);

claudeTest(
  "without a status line of the user's own the quota is shown",
  async () => {
    await using model = startMockModel({ limits: () => ({ usedPercent: 61, resetsAt }) });
    await using box = new ClaudeSandbox(model.port);
    await box.install();
    await using terminal = new Terminal(box);
    await terminal.shows("quota ?");
    await terminal.type("do it");
    await until("the daemon was told", () => box.state?.usedPercent === 61);
    const told = terminal.written.length;
    await terminal.type("once more");
    await terminal.shows("61%", told);
  },
  SCRIPT === undefined,
);

claudeTest(
  "with an API key nothing is held, and that is said once an answer has told it",
  async () => {
    await using model = startMockModel();
    await using box = new ClaudeSandbox(model.port, { isSubscriber: false });
    await box.install();
    await using terminal = new Terminal(box);
    await terminal.shows("quota ?");
    await terminal.type("do it");
    await terminal.shows("Done.");
    await until("the session was told that there is none", () => told(box)?.kind === "none");
    assertEquals(model.requests.length, 1);
    const { stdout, stderr } = await box.run(["poll", "--provider=claude"]);
    assertStringIncludes(stdout + stderr, "API key");
    const doctor = await box.run(["doctor", "--provider=claude"]);
    assertStringIncludes(doctor.stdout, "API key");
  },
  SCRIPT === undefined,
);

const guards = (box: ClaudeSandbox) =>
  box.processes().filter(({ command }) => command.includes(" guard "));

/** What the session that was told something last was told. */
function told(box: ClaudeSandbox): Told | undefined {
  const [last] = toldFiles(new StateDirectory(box.stateDir));
  return last && toldIn(last.path);
}
