import { assertEquals, assertMatch } from "@std/assert";
import { Held } from "../support/held.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { processesIn } from "../support/processes.ts";
import { BINARY, iso, kill, readText, Sandbox, until } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";

const ignore = SCRIPT === undefined;

/** What the terminal is after it: its settings, and the code that it ended with. */
const WATCH = `before=$(stty -g); '${BINARY}' watch; code=$?
  [ "$before" = "$(stty -g)" ] && echo "ended $code, as before"`;

/** The other screen, with the cursor. */
const LEFT = "\x1b[?7h\x1b[?25h\x1b[?1049l";

const watcher = (box: Sandbox) =>
  processesIn(box.root).find(({ command }) => command.startsWith(`${BINARY} watch`))!.pid;

Deno.test("watch: it is for a terminal", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await box.run(["watch"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /watch is for a terminal/);
});

Deno.test({
  name: "watch: it follows what changes, pauses and resumes, takes another size, and q ends it",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const window = { id: "primary", windowMinutes: 300, resetsAt: iso(3600), extra: false };
    const write = (usedPercent: number) =>
      box.writeState({
        status: "open",
        reason: `${usedPercent}% used`,
        windows: [{ ...window, usedPercent }],
      });
    await using terminal = new PseudoTerminal(box, WATCH);
    // There is no state yet, nor a place for it.
    await terminal.writes(/the quota has not been read yet/);
    write(28);
    await terminal.writes(/open: 28% used/);
    write(29);
    await terminal.writes(/open: 29% used/);
    await terminal.press("p");
    await terminal.writes(/paused until .*: nothing is held/);
    await until("it is paused", () => readText(`${box.stateDir}/quota-sentry.pause`) !== undefined);
    const from = terminal.written.length;
    await terminal.press("p");
    await terminal.writes(/resumed: agents are held again/, from);
    assertEquals(readText(`${box.stateDir}/quota-sentry.pause`), undefined);
    const tty = Deno.readLinkSync(`/proc/${watcher(box)}/fd/0`);
    const resized = terminal.written.length;
    await new Deno.Command("stty", { args: ["-F", tty, "rows", "8", "cols", "50"] }).output();
    await terminal.writes(/… \d+ more lines/, resized);
    await terminal.press("q");
    await terminal.writes(/ended 0, as before/);
    assertEquals(terminal.written.split(LEFT).length, 2);
    // Nothing is cleared before it is drawn.
    assertEquals(terminal.written.includes("\x1b[2J"), false);
  },
});

for (
  const [name, end, code] of [
    ["Ctrl-C", "\x03", 0],
    ["SIGTERM", "SIGTERM", 143],
    ["SIGHUP", "SIGHUP", 129],
  ] as const
) {
  Deno.test({
    name: `watch: ${name} ends it, and the terminal is as it was`,
    ignore,
    fn: async () => {
      await using box = new Sandbox();
      await using terminal = new PseudoTerminal(box, WATCH);
      await terminal.writes(/q ends/);
      if (end === "\x03") await terminal.press(end);
      else kill(watcher(box), end);
      await terminal.writes(new RegExp(`ended ${code}, as before`));
      assertEquals(terminal.written.includes(LEFT), true);
    },
  });
}

Deno.test({
  name: "watch: who is held is shown, and r lets all go",
  ignore,
  fn: async () => {
    await using box = await Held.begin();
    const call = box.call();
    await box.listening(1);
    await using terminal = new PseudoTerminal(box, WATCH);
    await terminal.writes(/waiting: 1 agent/);
    await terminal.press("r");
    await call.ended;
    await terminal.press("q");
    await terminal.writes(/ended 0, as before/);
  },
});
