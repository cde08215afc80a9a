import { assert, assertEquals, assertMatch } from "@std/assert";
import { CodexSandbox, codexTest } from "./codex/session.ts";
import {
  BINARY,
  CODEXBAR,
  type Ended,
  finish,
  readText,
  Sandbox,
  until,
  usage,
} from "./support/sandbox.ts";
import { findTool } from "./support/tools.ts";
import { copyProgram } from "./support/programs.ts";

/** Some user who is not root: for root every file is readable. */
const NOBODY = 65534;
const IS_ROOT = Deno.uid() === 0;

/** Runs the binary as an ordinary user whose home the sandbox is. */
async function runAsUser(box: Sandbox, args: string[], stdin?: string): Promise<Ended> {
  const asUser = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
  const program = `${box.bin}/quota-sentry`;
  const child = new Deno.Command(IS_ROOT ? "setpriv" : program, {
    args: IS_ROOT ? [...asUser, program, ...args] : args,
    cwd: box.home,
    env: box.env,
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await finish(child, stdin);
}

/** Makes a sandbox that of an ordinary user. */
async function giveToUser(box: Sandbox): Promise<void> {
  copyProgram(BINARY, `${box.bin}/quota-sentry`);
  if (!IS_ROOT) return;
  Deno.chmodSync(box.root, 0o755);
  await new Deno.Command("chown", { args: ["-R", `${NOBODY}:${NOBODY}`, box.home] }).output();
}

const userTest = (name: string, fn: (box: Sandbox) => Promise<void>) =>
  Deno.test({
    name: `disk: ${name}`,
    ignore: IS_ROOT && findTool("setpriv") === undefined,
    fn: async () => {
      await using box = new Sandbox();
      await fn(box);
    },
  });

const SILENT = [0, "", ""];
const ended = ({ code, stdout, stderr }: Ended) => [code, stdout, stderr];

userTest(
  "a state directory of another user is said; sessions go on, its files stay",
  async (box) => {
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    await giveToUser(box);
    const directory = `${box.root}/others`;
    Deno.mkdirSync(directory, { mode: 0o700 });
    Deno.writeTextFileSync(`${directory}/state.json`, "theirs");
    // Where the tests are run by an ordinary user, it is one that this user may not touch.
    if (!IS_ROOT) Deno.chmodSync(directory, 0);
    const state = ["--state-dir", directory];
    for (const command of ["poll", "start", "pause", "stop"]) {
      const { code, stderr } = await runAsUser(box, [command, ...state]);
      assertMatch(`${code} ${stderr}`, /^1 quota-sentry: .*(denied|cannot|could not)/);
    }
    assertMatch((await runAsUser(box, ["status", "--long", ...state])).stdout, /^unknown: /);
    for (const args of [["--state-only"], ["--start-daemon"], []]) {
      assertEquals(ended(await runAsUser(box, ["guard", ...state, ...args], "{}")), SILENT);
    }
    if (!IS_ROOT) Deno.chmodSync(directory, 0o700);
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["state.json"]);
    assertEquals(readText(`${directory}/state.json`), "theirs");
  },
);

userTest("a state directory that is a file is said; sessions go on", async (box) => {
  await giveToUser(box);
  const path = `${box.root}/file`;
  Deno.writeTextFileSync(path, "mine");
  for (const command of ["poll", "start"]) {
    const { code, stderr } = await runAsUser(box, [command, "--state-dir", path]);
    assertEquals(code, 1);
    assertMatch(stderr, /^quota-sentry: .*file/);
  }
  const guard = ["guard", "--start-daemon", "--state-dir", path];
  assertEquals(ended(await runAsUser(box, guard, "{}")), SILENT);
  assertEquals(readText(path), "mine");
});

for (const name of ["hooks.json", "config.toml"]) {
  userTest(`an unreadable ${name} is said, and nothing is changed`, async (box) => {
    Deno.mkdirSync(box.codexHome);
    Deno.writeTextFileSync(`${box.codexHome}/hooks.json`, '{"hooks":{}}');
    Deno.writeTextFileSync(`${box.codexHome}/config.toml`, 'model = "m"\n');
    // Codex's own words do not matter here: it cannot read its configuration either.
    box.executable("codex", "#!/bin/sh\nexec cat >/dev/null\n");
    await giveToUser(box);
    Deno.chmodSync(`${box.codexHome}/${name}`, 0);
    for (
      const command of name === "hooks.json" ? ["install-hook", "uninstall-hook"] : ["install-hook"]
    ) {
      const { code, stderr } = await runAsUser(box, [command]);
      assertEquals(code, 1);
      assertMatch(stderr, /^quota-sentry: the hooks were not (installed|removed)/);
    }
    const doctor = await runAsUser(box, ["doctor"]);
    assertEquals(doctor.code, 1);
    Deno.chmodSync(`${box.codexHome}/${name}`, 0o600);
    assertEquals(readText(`${box.codexHome}/hooks.json`), '{"hooks":{}}');
    assertEquals(readText(`${box.codexHome}/config.toml`), 'model = "m"\n');
  });
}

Deno.test({
  name: "disk: a slow one delays nobody who need not wait for it, and breaks nothing",
  ignore: findTool("strace") === undefined,
  fn: async () => {
    await using box = new Sandbox();
    box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
    // Every sync and rename takes 0.4 s, every opening 5 ms.
    const slow = (args: string[]) =>
      new Deno.Command(findTool("strace")!, {
        args: ["-f", "-o", "/dev/null", "-e", "trace=openat,fsync,fdatasync,rename"]
          .concat("-e", "inject=fsync,fdatasync,rename:delay_enter=400000")
          .concat("-e", "inject=openat:delay_enter=5000", BINARY, ...args),
        cwd: box.home,
        env: box.env,
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    const first = finish(slow(["poll"]));
    await until("it reads", () => box.calls.length === 1);
    // While it is at work nobody else has to wait: there is the old state, or none.
    assertEquals(ended(await box.run(["guard", "--state-only"], { stdin: "{}" })), SILENT);
    assertMatch(`${Object.values(await first)}`, /^0,open/);
    box.answer(usage({ used: 97 }));
    const polls = await Promise.all([finish(slow(["poll"])), finish(slow(["poll"]))]);
    for (const { code, stderr } of polls) assertEquals([code, stderr], [0, ""]);
    assertEquals(box.state?.status, "blocked");
    const install = await finish(slow(["install-hook"]));
    assertEquals([install.code, install.stderr], [0, ""]);
    assert(JSON.parse(readText(`${box.codexHome}/hooks.json`)!).hooks.PreToolUse);
    assertEquals([...Deno.readDirSync(box.stateDir)].filter(({ name }) => /tmp$/.test(name)), []);
  },
});

codexTest("links, CRLF and unknown keys in the user's files stay as they are", async () => {
  await using box = new CodexSandbox(9);
  const files = `${box.root}/dotfiles`;
  Deno.mkdirSync(files);
  const config = `# mine\nnotify = ["true"]\n${readText(box.configPath)!}`
    .replaceAll("\n", "\r\n");
  const hooks = '{\r\n\t"description": "mine",\r\n\t"hooks": {\r\n\t\t"Stop": []\r\n\t}\r\n}\r\n';
  for (const [path, text] of [[box.configPath, config], [box.hooksPath, hooks]] as const) {
    const real = `${files}/${path.split("/").pop()}`;
    Deno.writeTextFileSync(real, text);
    if (readText(path) !== undefined) Deno.removeSync(path);
    Deno.symlinkSync(real, path);
  }
  const installed = await box.run(["install-hook"]);
  assertEquals([installed.code, installed.stderr], [0, ""]);
  assertMatch(installed.stdout, /Codex trusts them/);
  assert(readText(`${files}/hooks.json`)!.replaceAll("\r\n", "").includes("quota-sentry-hook"));
  assertEquals(readText(box.hooksPath)!.match(/[^\r]\n/g), null);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  for (const [path, text] of [[box.configPath, config], [box.hooksPath, hooks]] as const) {
    assert(Deno.lstatSync(path).isSymlink, path);
    assertEquals(readText(path), text);
  }
});
