import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { COMMANDS } from "../../lib/commands/commands.ts";
import { Sandbox } from "../support/sandbox.ts";

Deno.test("command line: help, version, and what is wrong, with the nearest right spelling", async () => {
  await using box = new Sandbox();
  const help = await box.run([]);
  assertEquals([help.code, help.stderr], [0, ""]);
  for (const { name, hidden } of COMMANDS) {
    assertEquals(help.stdout.includes(`\n  ${name} `), !hidden, name);
  }
  assertEquals((await box.run(["--version"])).stdout, `quota-sentry ${config.version}\n`);
  const wrong = await box.run(["stauts"]);
  assertEquals([wrong.code, wrong.stdout], [64, ""]);
  assertMatch(
    wrong.stderr,
    /^quota-sentry: there is no command "stauts"; did you mean status\?\n$/,
  );
});

Deno.test("command line: no command ever exits 2", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.home}/.cache`);
  // Every command with nothing to work on, with a wrong option, and with a wrong value.
  const lines = COMMANDS.flatMap(({ name }) => [
    [name, "--nonsense"],
    [name, "--state-dir"],
    ...(name === "simulate" || name === "daemon" ? [] : [[name]]),
  ]);
  const codes = await Promise.all(lines.map(async (args) => (await box.run(args)).code));
  for (const [index, code] of codes.entries()) {
    assert(code !== 2, lines[index]?.join(" "));
    const isWrong = lines[index]!.length > 1;
    const command = lines[index]![0];
    if (isWrong) assertEquals(code, command === "guard" ? 0 : 64, lines[index]?.join(" "));
  }
});

Deno.test("command line: without HOME a command says what to do, and the guard passes", async () => {
  await using box = new Sandbox();
  const env = { HOME: "" };
  const poll = await box.run(["poll"], { env });
  assertEquals(poll.code, 1);
  assertMatch(poll.stderr, /HOME is not set, .* give --state-dir DIR/);
  const guard = await box.run(["guard"], { env });
  assertEquals([guard.code, guard.stdout, guard.stderr], [0, "", ""]);
});
