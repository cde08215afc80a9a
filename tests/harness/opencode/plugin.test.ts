import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { dirname, join } from "@std/path";
import { assertComesTo, CODEXBAR, readText, Sandbox, until, usage } from "../../support/sandbox.ts";

const pluginIn = (box: Sandbox) => join(box.home, ".config/opencode/plugin/quota-sentry.js");

/** A file at that place, and what is above it. */
function put(path: string, text: string): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

Deno.test("OpenCode's plugin is one file, and goes with the directories that were made for it", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(join(box.home, ".config"));
  const installed = await box.run(["install-hook", "opencode"]);
  assertEquals([installed.code, installed.stderr], [0, ""]);
  const text = readText(pluginIn(box))!;
  const again = await box.run(["install-hook", "opencode"]);
  assertStringIncludes(again.stdout, "nothing was changed");
  assertEquals(readText(pluginIn(box)), text);
  const removed = await box.run(["uninstall-hook", "opencode"]);
  assertEquals([removed.code, removed.stderr], [0, ""]);
  assertEquals([...Deno.readDirSync(join(box.home, ".config"))].map(({ name }) => name), []);
});

Deno.test("a plugin directory that was there stays, and what others have in one of ours", async () => {
  for (const before of [true, false]) {
    await using box = new Sandbox();
    const directory = dirname(pluginIn(box));
    if (before) Deno.mkdirSync(directory, { recursive: true });
    await box.run(["install-hook", "opencode"]);
    if (!before) put(join(directory, "other.js"), "// other\n");
    assertEquals((await box.run(["uninstall-hook", "opencode"])).code, 0);
    assert(!existsSync(pluginIn(box)));
    assert(existsSync(directory));
  }
});

Deno.test("a plugin that the user keeps elsewhere goes with the link to it", async () => {
  await using box = new Sandbox();
  await box.run(["install-hook", "opencode"]);
  const elsewhere = join(box.home, "dotfiles.js");
  Deno.renameSync(pluginIn(box), elsewhere);
  Deno.symlinkSync(elsewhere, pluginIn(box));
  assertStringIncludes((await box.run(["install-hook", "opencode"])).stdout, "nothing was changed");
  assertEquals((await box.run(["uninstall-hook", "opencode"])).code, 0);
  assertEquals([readText(elsewhere), existsSync(join(box.home, ".config", "opencode"))], [
    undefined,
    false,
  ]);
  assertEquals((await box.run(["install-hook", "opencode"])).code, 0);
});

Deno.test("somebody else's plugin of that name is not touched", async () => {
  await using box = new Sandbox();
  put(pluginIn(box), "export const A = async () => ({});\n");
  const { code, stderr } = await box.run(["install-hook", "opencode"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "is somebody else's, and was left as it is");
  const removed = await box.run(["uninstall-hook", "opencode"]);
  assertStringIncludes(removed.stdout, "none of ours");
  assertEquals(readText(pluginIn(box)), "export const A = async () => ({});\n");
});

Deno.test("a plugin file that was edited meanwhile stays, and everybody says so", async () => {
  await using box = new Sandbox();
  await box.run(["install-hook", "opencode"]);
  const edited = `${readText(pluginIn(box))}// mine\n`;
  put(pluginIn(box), edited);
  for (const command of ["install-hook", "uninstall-hook"]) {
    const { code, stderr } = await box.run([command, "opencode"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "was changed since it was written");
  }
  const { stdout } = await box.run(["doctor", "--provider=opencode"]);
  assertStringIncludes(stdout, "was changed since it was written");
  assertEquals(readText(pluginIn(box)), edited);
});

Deno.test("OpenCode is held on the state that Codex has, and no other is made", async () => {
  await using box = new Sandbox();
  await box.run(["install-hook", "opencode"]);
  assertStringIncludes(readText(pluginIn(box))!, `"state":"${box.stateDir}"`);
  box.writeBlock(600);
  for (const args of [["status"], ["status", "--provider=opencode"]]) {
    const { stdout } = await box.run(args);
    assertStringIncludes(stdout, "blocked");
    assert(!stdout.includes("no hooks are installed"), stdout);
  }
  const states = [...Deno.readDirSync(join(box.home, ".cache"))].map(({ name }) => name);
  assertEquals(states, ["quota-sentry"]);
  assertEquals(readText(join(box.stateDir, "quota-sentry.home")), undefined);
});

Deno.test("OpenCode's daemon reads the quota that OpenCode uses, whoever starts it", async () => {
  await using box = new Sandbox();
  box.executable("opencode", "#!/bin/sh\necho 1.18.33\n");
  put(join(box.home, ".local/share/opencode/auth.json"), '{"openai":{"type":"oauth"}}');
  Deno.mkdirSync(dirname(dirname(pluginIn(box))), { recursive: true });
  box.codexbar(
    `case $* in *"--provider codex"*) ${CODEXBAR.answers} ;; *) exit 1 ;; esac`,
    usage({ used: 97, resetInSeconds: 3600 }),
  );
  const daemons = () =>
    box.processes().map(({ command }) => command).filter((command) => / daemon /.test(command));
  const isRight = async (by: string) => {
    // What it starts looks like itself for a moment, and one that was replaced takes one to be gone.
    const areNamed = () => daemons().map((command) => command.includes("--provider"));
    await assertComesTo(() => [by, ...areNamed()], [by, false]);
    await until(`it has read: ${by}`, () => box.state?.status === "blocked");
  };
  await box.run(["setup", "opencode", "--yes"]);
  await isRight("setup");
  // What is said of sessions is of those that are held here: there is no Codex.
  const { code, stdout } = await box.run(["doctor"]);
  assertEquals([code, /Codex/.test(stdout)], [0, false], stdout);
  Deno.writeTextFileSync(join(box.stateDir, "quota-sentry.lock"), "0.0.9\n");
  assertStringIncludes((await box.run(["renew"])).stdout, "The daemon was replaced");
  await isRight("renew");
  await box.run(["stop"]);
  await assertComesTo(daemons, []);
  await box.run(["doctor", "--fix", "--provider=opencode"]);
  await isRight("doctor");
});

Deno.test("XDG_CONFIG_HOME says where OpenCode's plugins are", async () => {
  await using box = new Sandbox();
  const env = { XDG_CONFIG_HOME: join(box.home, "settings") };
  assertEquals((await box.run(["install-hook", "opencode"], { env })).code, 0);
  assert(existsSync(join(box.home, "settings/opencode/plugin/quota-sentry.js")));
  assert(!existsSync(pluginIn(box)));
});

Deno.test("doctor says why nothing of OpenCode is held where only keys are signed in", async () => {
  await using box = new Sandbox();
  await box.run(["install-hook", "opencode"]);
  const auth = join(box.home, ".local/share/opencode/auth.json");
  const login = async (logins: unknown) => {
    put(auth, JSON.stringify(logins));
    return (await box.run(["doctor", "--provider=opencode"])).stdout;
  };
  // Whatever is known of the quota of Codex, none of it is OpenCode's then.
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const none = "OpenCode has no quota here that could run out";
  const withKey = await login({ openai: { type: "api", key: "k" } });
  assertStringIncludes(withKey, none);
  const withAccount = await login({ openai: { type: "oauth" } });
  assert(!withAccount.includes(none));
  assertMatch(withAccount, /reading +codexbar answered/);
  // What is asked of sessions that somebody follows, and of those that died at the wall, is not asked here.
  assert(!/^\S+ +sessions /m.test(withAccount));
  await box.run(["config", "set", "revive", "off"]);
  assertMatch(await login({}), /revive +OpenCode itself waits at the wall/);
});

Deno.test("who installs OpenCode's plugin is told of a start that waits for npm, until one has", async () => {
  await using box = new Sandbox();
  const home = dirname(dirname(pluginIn(box)));
  const isTold = async () => {
    const { stdout } = await box.run(["install-hook", "opencode"]);
    assertStringIncludes(stdout, "Installed the plugin");
    await box.run(["uninstall-hook", "opencode"]);
    return stdout.includes("Its next start takes longer");
  };
  assertEquals(await isTold(), true);
  Deno.mkdirSync(join(home, "node_modules"), { recursive: true });
  assertEquals(await isTold(), true);
  const dependencies = { "@opencode-ai/plugin": "1.18.33" };
  put(join(home, "package-lock.json"), JSON.stringify({ packages: { "": { dependencies } } }));
  assertEquals(await isTold(), false);
});

Deno.test("install-hook without a name takes OpenCode where an account with a quota is signed in", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.codexHome, { recursive: true });
  Deno.mkdirSync(dirname(dirname(pluginIn(box))), { recursive: true });
  const auth = join(box.home, ".local/share/opencode/auth.json");
  const logins = [undefined, { openai: { type: "api", key: "k" } }, { openai: { type: "oauth" } }];
  const installed = [];
  for (const login of logins) {
    if (login !== undefined) put(auth, JSON.stringify(login));
    const { code, stdout } = await box.run(["install-hook"]);
    assertEquals([code, stdout.includes("OpenCode:")], [0, existsSync(pluginIn(box))]);
    installed.push(existsSync(pluginIn(box)));
  }
  assertEquals(installed, [false, false, true]);
});
