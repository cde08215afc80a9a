import { assertEquals } from "@std/assert";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { CODEXBAR, kill, until, usage } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";
import { startMockModel } from "./mock_model.ts";
import { OpenCodeSandbox, openCodeTest } from "./session.ts";

/** OpenCode in a terminal, with somebody who can type. */
class Terminal extends PseudoTerminal {
  #asked = 0;

  constructor(box: OpenCodeSandbox) {
    super(box, "exec opencode", { columns: 120, rows: 40 });
  }

  /** Waits until words are shown, however they are spaced. */
  async shows(words: string): Promise<void> {
    // deno-lint-ignore no-control-regex -- Sequences that a terminal obeys.
    const sequence = /\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[\]P_][^\x07\x1b]*(\x07|\x1b\\)|.)/g;
    const shown = () => this.written.replace(sequence, "").replace(/\s+/g, "");
    await until(`the terminal shows "${words}"`, () => shown().includes(words.replace(/\s+/g, "")))
      .catch((error) => {
        throw new Error(`${error.message}; it shows: ${shown().slice(-1500)}`);
      });
  }

  /** Answers where the cursor is, as a terminal does when it is asked. */
  protected override async took(): Promise<void> {
    const asked = this.written.split("\x1b[6n").length - 1;
    for (; this.#asked < asked; this.#asked += 1) await this.press("\x1b[1;1R");
  }
}

openCodeTest(
  "Esc ends a held turn and its wait, both ends of one are told, and none outlives a kill",
  async () => {
    await using model = startMockModel();
    // A title is asked for beside the first prompt, without tools, and is not held.
    model.script = ({ body }) => [{ say: body.tools ? "Done." : "A title" }];
    await using box = new OpenCodeSandbox(model.port);
    box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 600 }));
    const quick = ["--interval-seconds=1", "--reset-buffer-seconds=1"];
    assertEquals((await box.run(["install-hook", "opencode", ...quick])).code, 0);
    assertEquals((await box.run(["start", ...quick])).code, 0);
    await until("the quota is spent", () => box.state?.status === "blocked");
    const waiting = async () => {
      const { stdout } = await box.run(["holds", "--json"]);
      return JSON.parse(stdout).waiting.length;
    };
    await using terminal = new Terminal(box);
    await terminal.shows("Ask anything");
    await terminal.type("do it");
    await until("it is held", async () => await waiting() === 1);
    await terminal.shows("Waiting for the quota to reset");
    // The first asks whether it is meant.
    await terminal.press("\x1b");
    await terminal.shows("again to interrupt");
    await terminal.press("\x1b");
    await until("nobody waits", async () => await waiting() === 0);
    assertEquals(model.requests.filter(({ body }) => body.tools), []);

    await terminal.type("and now");
    await until("it is held", async () => await waiting() === 1);
    box.answer(usage({ used: 1 }));
    await terminal.shows("Done.");
    await terminal.shows("The wait is over.");

    // Killed, it can end nothing: what waits sees for itself that nobody is there.
    box.answer(usage({ used: 97, resetInSeconds: 600 }));
    await until("the quota is spent", () => box.state?.status === "blocked");
    await terminal.type("and then");
    await until("it is held", async () => await waiting() === 1);
    const guards = () => box.processes().filter(({ command }) => command.includes(" guard "));
    const agents = box.processes().filter(({ command }) => /^\S*opencode$/.test(command.trim()));
    assertEquals([agents.length, guards().length > 0], [1, true]);
    kill(agents[0]!.pid, "SIGKILL");
    await until("nothing waits", async () => {
      await box.run(["poll"]);
      return guards().length === 0;
    });
  },
  SCRIPT === undefined,
);
