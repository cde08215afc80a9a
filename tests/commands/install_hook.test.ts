import { assert, assertEquals, assertMatch } from "@std/assert";
import { hookCommand } from "../../lib/harness/hooks/hook_command.ts";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
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
import { findTool } from "../support/tools.ts";

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
  const own = box.executable("it's mine", "");
  await box.run([
    ...["install-hook", "--direct", "--hooks-path", path, "--script-path", own],
    ...["--state-dir", "state here", "--threshold-percent", "90", "--max-state-age-seconds=99"],
  ]);
  const { hooks } = JSON.parse(readText(path)!);
  const command = (event: string) => hooks[event][0].hooks[0].command;
  const program = `'${box.bin}/it'\\''s mine'`;
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

/** Each hook's command in a sandbox. */
function commandsIn(box: Sandbox): string[] {
  const { hooks } = JSON.parse(readText(`${box.codexHome}/hooks.json`)!);
  return Object.values(hooks as Record<string, [{ hooks: [{ command: string }] }]>)
    .map(([group]) => group.hooks[0].command);
}

/** Spoils the hooks and has the doctor repair them. */
async function repair(box: Sandbox): Promise<void> {
  const path = `${box.codexHome}/hooks.json`;
  Deno.writeTextFileSync(path, readText(path)!.replaceAll('"timeout": 60', '"timeout": 61'));
  assertMatch((await box.run(["doctor", "--fix"])).stdout, /repaired: the hooks were installed/);
}

Deno.test("install-hook: the options that stand in the hooks stay, but for those given anew", async () => {
  await using box = new Sandbox();
  const given = ["--threshold-percent=90", "--reset-buffer-seconds=7", "--source=sessions"];
  await box.run(["install-hook", "--state-dir=s", ...given]);
  const before = commandsIn(box);
  const again = await box.run(["install-hook"]);
  assertEquals(again.code, 0);
  assertMatch(again.stdout, /already; nothing was changed\./);
  const state = `--state-dir=${box.home}/s`;
  assert(again.stdout.includes(`there: ${[state, ...given].join(" ")} (`), again.stdout);
  assert(before.some((command) => command.includes("'--reset-buffer-seconds=7'")));
  assertEquals(commandsIn(box), before);

  const changed = await box.run(["install-hook", "--threshold-percent=80"]);
  assert(
    changed.stdout.includes(`there: ${[state, ...given.slice(1)].join(" ")} (`),
    changed.stdout,
  );
  assertEquals(commandsIn(box), before.map((command) => command.replace("=90'", "=80'")));

  // The doctor's repair keeps them as well.
  await repair(box);
  assertEquals(commandsIn(box), before.map((command) => command.replace("=90'", "=80'")));
  await box.run(["stop", "--state-dir=s"]);
});

Deno.test({
  name: "install-hook: hooks without a script, and with a program of another name, stay so",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = new Sandbox();
    const own = box.executable("wrapper", "#!/bin/sh\n");
    await box.run(["install-hook", "--direct", "--script-path", own]);
    const before = commandsIn(box);
    assert(before.every((command) => command.includes(`exec '${own}'`)));
    const again = await box.run(["install-hook"]);
    assertMatch(again.stdout, /Kept from the hooks that were there: --direct \(/);
    assertEquals(commandsIn(box), before);
    await repair(box);
    assertEquals(commandsIn(box), before);
    await box.run(["stop"]);
    Deno.removeSync(own);
    await box.run(["install-hook"]);
    assert(commandsIn(box).every((command) => command.includes(`exec '${BINARY}'`)));
  },
});

Deno.test("install-hook: a program that cannot be run is refused", async () => {
  await using box = new Sandbox();
  Deno.writeTextFileSync(`${box.root}/text`, "", { mode: 0o644 });
  for (const path of ["/nope", box.root, `${box.root}/text`]) {
    const { code, stderr } = await box.run(["install-hook", "--script-path", path]);
    assertEquals([code, stderr], [
      1,
      `quota-sentry: --script-path ${path} is not a program that can be run\n`,
    ]);
  }
  assertEquals(readText(`${box.codexHome}/hooks.json`), undefined);
});

Deno.test("install-hook: why Codex does not start is passed on, and nothing is left", async () => {
  await using box = new Sandbox();
  box.executable(
    "codex",
    "#!/bin/sh\nprintf 'warning: old\\n\\033[31mError\\033[0m: no such model\\nbye\\n' >&2; exit 1\n",
  );
  const { code, stdout, stderr } = await box.run(["install-hook"]);
  assertEquals([code, stdout, stderr], [
    1,
    "",
    "quota-sentry: the hooks were not installed, and everything is as it was: " +
    "codex ended before it answered initialize: Error: no such model\n",
  ]);
  assertEquals([...Deno.readDirSync(box.codexHome)], []);
});

Deno.test("install-hook: copies of the user's are never touched, and ours has a name of its own", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.codexHome);
  const path = `${box.codexHome}/hooks.json`;
  const theirs = { "hooks.json.bak": "mine", "hooks.json.before-quota-sentry": "mine too" };
  const now = () =>
    Object.fromEntries(
      [...Deno.readDirSync(box.codexHome)].map(({ name }) => name).sort()
        .map((name) => [name, readText(`${box.codexHome}/${name}`)]),
    );
  const before = { "hooks.json": '{"hooks":{ }}', ...theirs };
  for (const [name, text] of Object.entries(before)) {
    Deno.writeTextFileSync(`${box.codexHome}/${name}`, text);
  }
  const { stdout } = await box.run(["install-hook"]);
  assert(stdout.includes(`The file without them is in ${path}.before-quota-sentry-2.\n`));
  assertEquals(readText(`${path}.before-quota-sentry-2`), before["hooks.json"]);
  await box.run(["install-hook", "--threshold-percent=90"]);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(now(), before);

  // Where an earlier version kept its copy it is recognised, and may be the user's all the same.
  await box.run(["install-hook"]);
  Deno.renameSync(`${path}.before-quota-sentry-2`, `${path}.bak`);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(now(), { ...before, "hooks.json.bak": before["hooks.json"] });
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
  // By its path: what the tests have got is not on the sandbox's PATH.
  const path = findTool(shell);
  Deno.test({
    name: `hook command: ${shell} becomes what it calls; where that is gone it is silence`,
    ignore: path === undefined,
    fn: async () => {
      await using box = new Sandbox();
      const program = box.executable("it's mine", '#!/bin/sh\necho $$ "$@"\nexec cat >/dev/null\n');
      const command = hookCommand(program, ["guard", "--on=model"], ["--state-dir=/a b"]);
      const call = (how: readonly string[]) =>
        new Deno.Command(path!, {
          args: [...how, command],
          env: box.env,
          clearEnv: true,
          stdin: "piped",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
      for (const how of [["-c"], ["-l", "-c"]]) {
        const child = call(how);
        const { code, stdout, stderr } = await finish(child, "x".repeat(100_000));
        assertEquals(
          [code, stdout, stderr],
          [0, `${child.pid} guard --on=model --state-dir=/a b\n`, ""],
        );
      }
      Deno.removeSync(program);
      const silent = call(["-c"]);
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
  await until("it is open again", () => gate() === `open ${pid}\n`);
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

Deno.test("uninstall-hook: no link is left to a hooks file that was ours alone", async () => {
  await using box = new Sandbox();
  await box.run(["install-hook"]);
  const [path, real] = [`${box.codexHome}/hooks.json`, `${box.home}/dotfile`];
  Deno.renameSync(path, real);
  Deno.symlinkSync(real, path);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals([...Deno.readDirSync(box.codexHome)], []);
  assertEquals(readText(real), undefined);
  assertEquals((await box.run(["install-hook"])).code, 0);
});

Deno.test("uninstall-hook: in a home that was copied leaves the first one's script", async () => {
  await using box = new Sandbox();
  await box.run(["install-hook"]);
  const copied = `${box.home}/.codex-work`;
  Deno.mkdirSync(copied);
  Deno.copyFileSync(`${box.codexHome}/hooks.json`, `${copied}/hooks.json`);
  const script = readText(`${box.codexHome}/quota-sentry-hook`);
  const { code } = await box.run(["uninstall-hook"], { env: { CODEX_HOME: copied } });
  assertEquals(code, 0);
  assertEquals(readText(`${box.codexHome}/quota-sentry-hook`), script);
  assert(!readText(`${copied}/hooks.json`)?.includes("quota-sentry-hook"));
});

Deno.test("pause, status, stop: act where the installed hooks look", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const directory = `${box.home}/elsewhere`;
  await box.run(["install-hook", `--state-dir=${directory}`]);
  await box.run(["start", `--state-dir=${directory}`]);
  await until("it is read", () => readText(`${directory}/state.json`) !== undefined);
  assertEquals((await box.run(["pause"])).code, 0);
  assert(readText(`${directory}/quota-sentry.pause`) !== undefined);
  const { stdout } = await box.run(["status", "--long"]);
  assertMatch(stdout, /^paused until/m);
  assertMatch(stdout, /28%/);
  assertMatch((await box.run(["resume"])).stdout, /^resumed/);
  assertEquals((await box.run(["stop"])).stdout, "daemon stopped\n");
  assertEquals(box.state, undefined);
});
