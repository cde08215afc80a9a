import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { pathsBelow } from "../support/paths_below.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { BINARY, CODEXBAR, readText, Sandbox, usage } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";

const NOBODY = 65534;

/** What would start it at login runs here. */
const ASKS_LOGIN = Deno.build.os === "darwin" || existsSync("/run/systemd/system");

/** One with homes, and a quota. */
class SetupSandbox extends Sandbox {
  constructor(...homes: string[]) {
    super();
    for (const home of homes) Deno.mkdirSync(`${this.home}/${home}/sessions`, { recursive: true });
    this.codexbar(
      'case "$1" in --version) echo "CodexBar 0.54.1" ;; *) ' + CODEXBAR.answers + " ;; esac",
      usage({ used: 28 }),
    );
  }

  hasHooks(home: string): boolean {
    return readText(`${this.home}/${home}/hooks.json`)?.includes("quota-sentry-hook") ?? false;
  }
}

Deno.test("setup: without any agent it says what to get, and changes nothing", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await box.run(["setup"]);
  assertEquals([code, stderr], [1, ""]);
  assertMatch(
    stdout,
    /You are NOT protected yet\. What is missing:\n {2}no agent was found that could be protected, which are: Codex \(codex\), Claude Code \(claude\)/,
  );
  assertMatch(stdout, /-> install one of them, [^\n]*sign in,\s+then run: quota-sentry setup\n$/);
  const codex = await box.run(["setup", "codex"]);
  assertMatch(codex.stdout, /missing:\n {2}Codex was not found: there is no codex on PATH, and/);
  assertMatch(codex.stdout, /-> install Codex, run: codex login, then run: quota-sentry setup\n$/);
  assertEquals([...pathsBelow(box.home)], []);
});

Deno.test("setup: with Claude Code alone, from nothing to protected", async () => {
  await using box = new Sandbox("quota-sentry-claude");
  box.executable("claude", '#!/bin/sh\necho "2.1.197 (Claude Code)"\n');
  Deno.mkdirSync(`${box.home}/.claude`);
  const login = { claudeAiOauth: { accessToken: "nobody's" } };
  Deno.writeTextFileSync(`${box.home}/.claude/.credentials.json`, JSON.stringify(login));
  const first = await box.run(["setup", "--yes"]);
  assertEquals([first.code, first.stderr], [0, ""], first.stdout);
  assertMatch(first.stdout, /^claude is on PATH; codexbar is not on PATH; Claude Code homes: /);
  assertMatch(
    first.stdout,
    /reading: .*no Claude Code session in a terminal has been told its quota/,
  );
  assertMatch(first.stdout, /trying each\s+hook, which takes some\s+seconds\.\.\.\n/);
  assertMatch(
    first.stdout,
    /Tried on a spent quota: 5 of 5 kinds of requests that can be held are/,
  );
  assertMatch(
    first.stdout,
    /\nClaude Code: held from the first reading of the quota on\.\nYou are protected\.\n$/,
  );

  // As its status line writes it down where a session has a key.
  Deno.mkdirSync(`${box.stateDir}/statusline`);
  Deno.writeTextFileSync(`${box.stateDir}/statusline/session`, "100 none\n");
  const second = await box.run(["setup", "--yes"]);
  assertEquals([second.code, second.stderr], [0, ""], second.stdout);
  assertMatch(second.stdout, /no quota that could run out[^]*\nThere is nothing to protect\.\n$/);
  assertEquals(/You are/.test(second.stdout), false);
});

Deno.test("setup: Codex and Claude Code, each by its name; a directory alone is no home", async () => {
  await using box = new SetupSandbox(".codex");
  Deno.mkdirSync(`${box.home}/.claude`);
  const without = await box.run(["setup", "--dry-run"]);
  assertEquals(/claude/i.test(without.stdout), false, without.stdout);
  Deno.writeTextFileSync(`${box.home}/.claude/settings.json`, "{}");
  const { code, stdout } = await box.run(["setup", "--dry-run"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^Codex, ~\/\.codex:\n {2}Would install the hooks in ~\/\.codex\/hooks\.json, and/m,
  );
  assertMatch(
    stdout,
    /^Claude Code, ~\/\.claude:\n {2}Would install the hooks in ~\/\.claude\/settings\.json\.$/m,
  );
});

Deno.test("setup: without HOME it says so, also where there is Codex", async () => {
  await using box = new Sandbox();
  box.executable("codex", "exit 0");
  const { code, stdout, stderr } = await box.run(["setup"], { env: { HOME: "" } });
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /HOME is not set, .*; nothing was done\n$/);
});

Deno.test({
  name: "setup: root in somebody's home, as sudo may have it, changes nothing",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await using box = new SetupSandbox(".codex");
    Deno.chownSync(box.home, NOBODY, NOBODY);
    const before = [...pathsBelow(box.home)];
    const { code, stdout, stderr } = await box.run(["setup", "--yes"]);
    assertEquals([code, stdout, [...pathsBelow(box.home)]], [1, "", before]);
    assertMatch(stderr, /belongs to another user.*; nothing was changed; run it as that user/);
  },
});

Deno.test("setup: all homes, in a pipe without a question; what only Codex can say is missing", async () => {
  // What is called so and holds nothing of Codex's is none.
  await using box = new SetupSandbox(".codex", ".codex-work");
  Deno.mkdirSync(`${box.home}/.codex-notes`);
  const dry = await box.run(["setup", "--dry-run"]);
  assertEquals([dry.code, box.hasHooks(".codex")], [0, false]);
  assertMatch(dry.stdout, /~\/\.codex-work:\n {2}Would install the hooks in ~\/\.codex-work\//);
  assertMatch(dry.stdout, /Would start the daemon\.\nNothing was changed\.\n$/);

  const { code, stdout, stderr } = await box.run(["setup"]);
  assertEquals([code, stderr], [1, ""]);
  assertMatch(stdout, /Codex homes: ~\/\.codex, ~\/\.codex-work\.\n/);
  for (const home of [".codex", ".codex-work"]) {
    assert(box.hasHooks(home), home);
    assertMatch(stdout, new RegExp(`^  ~/\\${home}: codex was not found on PATH`, "m"));
  }
  assertEquals(box.hasHooks(".codex-notes"), false);
  assertMatch(stdout, /Not tried whether requests are held: codex was not found on PATH\./);
  assertMatch(stdout, /28% of the 5-hour window/);
  assertEquals(/protected\.$/m.test(stdout), false);

  const again = await box.run(["setup", "--json", "--home", `${box.home}/.codex-work`]);
  const json = JSON.parse(again.stdout);
  assertEquals([again.code, json.protected, json.changed], [1, false, false]);
  assertEquals(json.homes.map(({ home }: { home: string }) => home), [`${box.home}/.codex-work`]);
  assertMatch(json.missing[0].todo, /quota-sentry setup/);
});

Deno.test("setup: what cannot be looked at is missing too, and said", async () => {
  await using box = new SetupSandbox(".codex");
  // The doctor tries hooks in a temporary directory, which nobody can make there.
  const { code, stdout, stderr } = await box.run(["setup"], { env: { TMPDIR: "/proc" } });
  assertEquals([code, stderr], [1, ""]);
  assertMatch(stdout, /^ {2}doctor: .*\/proc.*\n {4}-> run: quota-sentry doctor$/m);
});

Deno.test("setup: a home that is named and is not there is no home", async () => {
  await using box = new SetupSandbox(".codex");
  const { code, stderr } = await box.run(["setup", "--home", "~/.codx"]);
  assertEquals([code, stderr], [
    1,
    `quota-sentry: there is no ${box.home}/.codx; nothing was done\n`,
  ]);
  assertEquals(existsSync(`${box.home}/.codx`), false);
  assertEquals((await box.run(["setup", "--dry-run", "--json"])).code, 64);
});

Deno.test({
  name: "setup: on a terminal it asks, and does what was answered",
  ignore: SCRIPT === undefined,
  fn: async () => {
    await using box = new SetupSandbox(".codex", ".codex-work");
    await using terminal = new PseudoTerminal(box, `'${BINARY}' setup; echo "code $?"`);
    await terminal.writes(/Which Codex homes are to be protected/);
    await terminal.writes(/confirm/);
    await terminal.press(" ");
    await terminal.writes(/◻.*~\/\.codex\b/);
    await terminal.press("\r");
    await terminal.writes(/when 90% of the weekly window is used/);
    await terminal.press("\x1b[B");
    await terminal.writes(/●.*hold agents until/);
    await terminal.press("\r");
    if (ASKS_LOGIN) {
      await terminal.writes(/Start the daemon at each login/);
      await terminal.press("\r");
    }
    await terminal.writes(/code 1\r\n/);
    assertEquals([box.hasHooks(".codex"), box.hasHooks(".codex-work")], [false, true]);
    const settings = JSON.parse(readText(`${box.home}/.config/quota-sentry/config.json`)!);
    assertEquals(settings.windows.weekly.mode, "hold");
  },
});

Deno.test({
  name: "setup: Ctrl-C at a question ends it with nothing changed; --yes asks nothing",
  ignore: SCRIPT === undefined,
  fn: async () => {
    await using box = new SetupSandbox(".codex", ".codex-work");
    const before = [...pathsBelow(box.home)];
    const command = `LANG=C NO_COLOR=1 '${BINARY}' setup`;
    {
      await using terminal = new PseudoTerminal(box, `${command}; echo "code $?"; stty -a`);
      await terminal.writes(/confirm/);
      await terminal.press(" ");
      await terminal.writes(/\[ \].*~\/\.codex\b/);
      await terminal.press("\r");
      await terminal.writes(/\(x\) warn me/);
      await terminal.press("\x03");
      await terminal.writes(/code 130\r\n/);
      assertMatch(terminal.written, /nothing was changed/);
      // The terminal is as it was: it echoes, and reads lines.
      await terminal.writes(/ icanon /);
      await terminal.writes(/ echo /);
      // What it drew is ASCII, and without colours.
      // deno-lint-ignore no-control-regex
      assertEquals(/[^\0-\x7f]|\x1b\[\d+m/.test(terminal.written), false);
    }
    assertEquals([...pathsBelow(box.home)], before);
    await using terminal = new PseudoTerminal(
      box,
      `${command} --yes --home .codex; echo "code $?"`,
    );
    await terminal.writes(/code 1\r\n/);
    assertEquals([box.hasHooks(".codex"), box.hasHooks(".codex-work")], [true, false]);
    assertEquals(/Which Codex homes/.test(terminal.written), false);
  },
});
