import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { readText, until } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";
import { type Limits, once, startMockModel } from "./mock_model.ts";
import { ClaudeSandbox, claudeTest } from "./session.ts";

const QUICK = ["--interval-seconds=1", "--reset-buffer-seconds=1"];

/** Claude Code in a terminal, with somebody who can type. */
class Terminal extends PseudoTerminal {
  constructor(box: ClaudeSandbox) {
    super(box, "exec claude --allowedTools Bash", { columns: 120, rows: 40 });
  }

  /** Types a line; what comes in one go is taken for pasted, so the end comes by itself. */
  async type(line: string): Promise<void> {
    await this.press(line);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await this.press("\r");
  }

  /** Waits until words are shown, however they are spaced, since that point of what was written. */
  async shows(words: string, from = 0): Promise<void> {
    // deno-lint-ignore no-control-regex -- Sequences that a terminal obeys.
    const sequence = /\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)/g;
    const shown = () => this.written.slice(from).replace(sequence, "").replace(/\s+/g, "");
    await until(`the terminal shows "${words}"`, () => shown().includes(words.replace(/\s+/g, "")))
      .catch((error) => {
        throw new Error(`${error.message}; it shows: ${shown().slice(-1500)}`);
      });
  }
}

claudeTest(
  "the status line tells the quota: the user's own is shown, and the next request waits on it",
  async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 30;
    let told: Limits = { usedPercent: 90, resetsAt };
    await using model = startMockModel({
      script: once({ shell: "true" }),
      limits: () => told,
    });
    const own = { type: "command", command: "cat >/dev/null; echo MY-LINE" };
    const settings = JSON.stringify({ statusLine: own }, null, 4);
    await using box = new ClaudeSandbox(model.port, { settings });
    assertEquals((await box.run(["install-hook", "claude", ...QUICK])).code, 0);
    await using terminal = new Terminal(box);
    await terminal.shows("MY-LINE");
    await terminal.type("do it");
    await terminal.shows("Done.");
    await until("the daemon was told", () => box.state?.usedPercent === 90);
    assertEquals([box.state?.source, model.requests.length], ["sessions", 2]);

    // The answer to the third request says that the quota is spent; the fourth is to wait.
    told = { usedPercent: 97.5, resetsAt };
    await terminal.type("once more");
    await until("it is held", () => box.state?.status === "blocked");
    await until("it waits", async () => {
      const { stdout } = await box.run(["holds", "--provider=claude", "--json"]);
      return JSON.parse(stdout).waiting.some(({ before }: { before: string }) =>
        before === "request"
      );
    });
    assertEquals(model.requests.length, 3);

    // Esc ends the turn, and the wait with it; what is typed then waits as well.
    await terminal.press("\x1b");
    await until("nobody waits", async () => {
      const { stdout } = await box.run(["holds", "--provider=claude", "--json"]);
      return JSON.parse(stdout).waiting.length === 0;
    });
    told = { usedPercent: 1, resetsAt: resetsAt + 18_000 };
    const ended = terminal.written.length;
    await terminal.type("and now");
    await terminal.shows("Done.", ended);
    assertGreaterOrEqual(model.requests[3]!.atMs, resetsAt * 1000);

    // Taken away while the session is open: its own status line is back.
    assertEquals((await box.run(["uninstall-hook", "claude"])).code, 0);
    assertEquals(box.settings, settings);
    assert(readText(`${box.claudeHome}/quota-sentry-statusline`) === undefined);
  },
  SCRIPT === undefined,
);
