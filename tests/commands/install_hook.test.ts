import { assertEquals, assertMatch } from "@std/assert";
import { hookCommand } from "../../lib/hooks/codex/hook_command.ts";
import {
  BINARY,
  CODEXBAR,
  type Ended,
  finish,
  readText,
  Sandbox,
  until,
  usage,
} from "../support/sandbox.ts";

Deno.test("install-hook: without codex it installs, and says that Codex will ask", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await box.run(["install-hook"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /codex was not found on PATH, so the hooks are not trusted yet/);
  assertMatch(stdout, /codexbar was not found on PATH/);
  const path = `${box.codexHome}/hooks.json`;
  assertEquals(Object.keys(JSON.parse(readText(path)!).hooks).sort(), [
    "PreCompact",
    "PreModelRequest",
    "PreToolUse",
    "SessionStart",
    "UserPromptSubmit",
  ]);
  const removed = await box.run(["uninstall-hook"]);
  assertEquals(removed.code, 0);
  assertEquals(readText(path), undefined);
  assertMatch((await box.run(["uninstall-hook"])).stdout, /nothing to remove/);
});

Deno.test("install-hook: the options that were given are in the hooks, and no others", async () => {
  await using box = new Sandbox();
  const path = `${box.root}/a b/hooks.json`;
  await box.run([
    ...["install-hook", "--direct", "--hooks-path", path, "--script-path", "/opt/it's mine"],
    ...["--state-dir", "state here", "--threshold-percent", "90", "--max-state-age-seconds=99"],
  ]);
  const { hooks } = JSON.parse(readText(path)!);
  const command = (event: string) => hooks[event][0].hooks[0].command;
  const program = "'/opt/it'\\''s mine'";
  const state = `'--state-dir=${box.home}/state here'`;
  const policy = "'--threshold-percent=90' '--max-state-age-seconds=99'";
  const calls = (call: string) => `[ -x ${program} ] && exec ${program} ${call}; true`;
  assertEquals(command("SessionStart"), calls(`start --quiet ${state} ${policy}`));
  assertEquals(command("UserPromptSubmit"), calls(`guard --start-daemon ${state} ${policy}`));
  assertEquals(command("PreModelRequest"), calls(`guard --on=model ${state} ${policy}`));
  assertEquals(command("PreCompact"), calls(`guard --on=compact ${state} ${policy}`));
  assertEquals(
    command("PreToolUse"),
    calls(`guard --on=tool ${state} '--max-state-age-seconds=99'`),
  );
});

Deno.test("install-hook: a link on PATH that leads to the binary is what the hooks call", async () => {
  await using box = new Sandbox();
  Deno.symlinkSync(BINARY, `${box.bin}/quota-sentry`);
  await box.run(["install-hook", "--direct"]);
  const { hooks } = JSON.parse(readText(`${box.codexHome}/hooks.json`)!);
  assertMatch(hooks.PreToolUse[0].hooks[0].command, new RegExp(` exec '${box.bin}/quota-sentry' `));
});

/** Runs a hook as Codex does. */
async function runHook(box: Sandbox, event: string, trace = ""): Promise<Ended> {
  const { hooks } = JSON.parse(readText(`${box.codexHome}/hooks.json`)!);
  const command = hooks[event][0].hooks[0].command;
  const child = new Deno.Command("bash", {
    args: ["-c", trace === "" ? command : `strace -f -e trace=execve -o ${trace} sh -c "$HOOK"`],
    cwd: "/",
    env: { ...box.env, HOOK: command },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await finish(child, "x".repeat(200_000));
}

for (const shell of ["bash", "dash", "zsh", "fish"]) {
  const found = await new Deno.Command("which", { args: [shell], stdout: "null" }).output();
  Deno.test({
    name: `hook command: ${shell} becomes what it calls; where that is gone it is silence`,
    ignore: !found.success,
    fn: async () => {
      await using box = new Sandbox();
      const program = box.executable("it's mine", '#!/bin/sh\necho $$ "$@"\nexec cat >/dev/null\n');
      const command = hookCommand(program, ["guard", "--on=model"], ["--state-dir=/a b"]);
      const call = () =>
        new Deno.Command(shell, {
          args: ["-c", command],
          env: box.env,
          clearEnv: true,
          stdin: "piped",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
      const child = call();
      const { code, stdout, stderr } = await finish(child, "x".repeat(100_000));
      assertEquals(
        [code, stdout, stderr],
        [0, `${child.pid} guard --on=model --state-dir=/a b\n`, ""],
      );
      Deno.removeSync(program);
      const silent = call();
      // Its input stays open, and it ends all the same.
      const ended = await finish(silent);
      assertEquals([ended.code, ended.stdout, ended.stderr], [0, "", ""]);
      await silent.stdin.close();
    },
  });
}

const reachesProgram = async (box: Sandbox, event: string) => {
  const before = readText(`${box.root}/ran`) ?? "";
  const { code, stdout, stderr } = await runHook(box, event);
  assertEquals([code, stdout, stderr], [0, "", ""]);
  return (readText(`${box.root}/ran`) ?? "") !== before;
};

Deno.test("hook script: an open gate does not start the program; in doubt that decides", async () => {
  await using box = new Sandbox();
  // Stands for the program, and writes down that it was reached.
  const program = box.executable(
    "it's mine",
    `#!/bin/sh\necho "$@" >> '${box.root}/ran'\nexec cat >/dev/null\n`,
  );
  assertEquals((await box.run(["install-hook", "--script-path", program])).code, 0);
  assertEquals(Deno.statSync(`${box.codexHome}/quota-sentry-hook`).mode! & 0o777, 0o700);
  const gate = `${box.stateDir}/quota-sentry.gate`;
  Deno.mkdirSync(box.stateDir, { recursive: true });
  const cases: [string, string | undefined, boolean, boolean][] = [
    ["missing", undefined, true, true],
    ["empty", "", true, true],
    ["garbage", "\0\0\n\u001b", true, true],
    ["another word", "closed 1\n", true, true],
    ["open, a daemon that lives", `open ${Deno.pid}\n`, false, false],
    ["open, a daemon that does not", "open 999999999\n", false, true],
    ["open, no daemon", "open\n", false, true],
    ["open, no pid of one process", "open 0\n", false, true],
    ["open, a process group", "open -1\n", false, true],
    ["near, a daemon that lives", `near ${Deno.pid}\n`, false, false],
    ["unknown, a daemon that lives", `unknown ${Deno.pid}\n`, false, true],
  ];
  for (const [name, content, tool, prompt] of cases) {
    if (content !== undefined) Deno.writeTextFileSync(gate, content);
    const until = new Date(Date.now() + 180_000);
    if (content !== undefined) Deno.utimeSync(gate, until, until);
    assertEquals(await reachesProgram(box, "PreToolUse"), tool, `${name}: tool`);
    assertEquals(await reachesProgram(box, "UserPromptSubmit"), prompt, `${name}: prompt`);
    assertEquals(await reachesProgram(box, "SessionStart"), true, `${name}: session`);
  }
  await Deno.remove(program);
  await Deno.remove(gate);
  assertEquals(await reachesProgram(box, "PreToolUse"), false);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(readText(`${box.codexHome}/quota-sentry-hook`), undefined);
});

Deno.test("gate: open with an open quota, closed with a spent one, gone with the daemon", async () => {
  await using box = new Sandbox();
  const gate = () => readText(`${box.stateDir}/quota-sentry.gate`);
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  await box.run(["poll"]);
  assertEquals(gate(), "open\n");
  const pid = /pid (\d+)/.exec((await box.run(["start", "--interval-seconds=1"])).stdout)![1];
  await until("the daemon opens it", () => gate() === `open ${pid}\n`);
  box.answer(usage({ used: 97 }));
  await until("it is closed", () => gate() === undefined && box.state?.status === "blocked");
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await until("it is open again", () => gate() === `open ${pid}\n`, 20_000);
  await box.run(["stop"]);
  assertEquals(gate(), undefined);
});

Deno.test("install-hook: a hooks file that is a link stays one, and keeps its mode", async () => {
  await using box = new Sandbox();
  const real = `${box.root}/dotfiles/codex-hooks.json`;
  Deno.mkdirSync(`${box.root}/dotfiles`);
  Deno.writeTextFileSync(real, '{"hooks":{}}\n', { mode: 0o644 });
  Deno.mkdirSync(box.codexHome);
  const path = `${box.codexHome}/hooks.json`;
  Deno.symlinkSync(real, path);
  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(Deno.readLinkSync(path), real);
  assertEquals(Deno.statSync(real).mode! & 0o777, 0o644);
  assertMatch(readText(real)!, /quota-sentry/);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(Deno.readLinkSync(path), real);
  assertEquals(readText(real), '{"hooks":{}}\n');
});
