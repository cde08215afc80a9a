import { assert, assertEquals, assertMatch } from "@std/assert";
import { shown } from "../../lib/cli/command.ts";
import { commandHelp, programHelp } from "../../lib/cli/help.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { readText, Sandbox } from "../support/sandbox.ts";

Deno.test("help: every help fits into 80 columns", () => {
  for (const text of [programHelp(COMMANDS), ...COMMANDS.map(commandHelp)]) {
    for (const line of text.split("\n")) assert([...line].length <= 80, line);
  }
});

Deno.test("help: a shell reads two examples of each command as lines that it takes", async () => {
  await using box = new Sandbox();
  // It writes down how it was called, each word ended by a NUL, each call by a newline.
  const record =
    `#!/bin/sh\nprintf '%s\\0' "$@" >>'${box.root}/called'; echo >>'${box.root}/called'\n`;
  box.executable("quota-sentry", record);
  for (const other of ["codex", "man"]) box.executable(other, "#!/bin/sh\n");
  for (const command of shown(COMMANDS)) {
    const { name, examples = [] } = command;
    assertEquals(examples.length, 2, name);
    const text = commandHelp(command);
    for (const [line, does] of examples) {
      assert(text.includes(`  ${line}\n`) && does !== "", line);
      Deno.writeTextFileSync(`${box.root}/called`, "");
      const { code, stderr } = await box.startProgram("/bin/sh", ["-euc", line]).output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], line);
      const calls = readText(`${box.root}/called`)!.split("\n").slice(0, -1);
      const args = calls.map((call) => call.split("\0").slice(0, -1));
      assert(args.some((words) => words[0] === name), line);
      for (const words of args) {
        assertEquals(parseCommandLine(COMMANDS, words).kind, "command", line);
      }
    }
  }
});

Deno.test("help: alone, with a command, and with one that there is not", async () => {
  await using box = new Sandbox();
  const [nothing, alone, flag, pause, pauseFlag, wrong] = await Promise.all([
    [],
    ["help"],
    ["--help"],
    ["help", "pause"],
    ["pause", "--help"],
    ["help", "puase"],
  ].map((args) => box.run(args)));
  assertEquals([nothing!.code, nothing!.stderr], [0, ""]);
  assertEquals([alone!.stdout, flag!.stdout], [nothing!.stdout, nothing!.stdout]);
  assertMatch(pause!.stdout, /^Usage: quota-sentry pause \[TIME\] \[OPTIONS\]\n/);
  assertEquals(pauseFlag!.stdout, pause!.stdout);
  assertEquals([wrong!.code, wrong!.stdout], [64, ""]);
  assertMatch(wrong!.stderr, /there is no command "puase"; did you mean pause\?\n$/);
});

Deno.test("help: an entry that is too long for its column stands above what it means", () => {
  const name = "x".repeat(40);
  const summary = "what it does, in more words than fit into what is left of a line of the help";
  const load = COMMANDS[0]!.load;
  const text = programHelp([
    { name, summary, details: [], options: [], load },
    { name: "short", summary, details: [], options: [], load },
  ]);
  assertMatch(
    text,
    new RegExp(`\n  ${name}\n         what it does, .*\n         \\S.*\n  short  what`),
  );
});
