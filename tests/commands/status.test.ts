import { stripVTControlCharacters } from "node:util";
import { assertEquals, assertMatch } from "@std/assert";
import { ReportJson } from "../../lib/report/json.ts";
import { deadSession } from "../support/dead_session.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { BINARY, CODEXBAR, iso, Sandbox, until, usage } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";

Deno.test("status: before the first reading", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["status", "--long"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^unknown: the quota has not been read yet\n\ndaemon not running\nnot protected: no hooks .*\n/,
  );
});

/** Made when they are tried: the time until something goes on from then. */
const CASES: [string, () => Record<string, unknown>, RegExp][] = [
  [
    "open",
    () => ({
      status: "open",
      reason: "28% used",
      usedPercent: 28,
      windows: [{
        id: "primary",
        usedPercent: 28,
        windowMinutes: 300,
        resetsAt: iso(3590),
        extra: false,
      }],
    }),
    /^open: 28% used\n\n5-hour {2}#+-+\|- {2}28% {2}resets (\d{4}-\d\d-\d\d )?\d\d:\d\d.* \(in 1 h\)\n {8}holds at 95%; at its pace so far: not before the reset\n\ndaemon not running - read (\d s ago|now)\n/,
  ],
  [
    "blocked",
    () => ({
      status: "blocked",
      reason: "r",
      usedPercent: 97,
      windowMinutes: 300,
      blockedUntil: iso(590),
    }),
    /^blocked: r\nagents wait until \d.* \(in 10 min\)\n\ndaemon not running - read (\d s ago|now)\n/,
  ],
  [
    "blocked, and over",
    () => ({ status: "blocked", reason: "r", blockedUntil: iso(-5) }),
    /^open: r\n\ndaemon/,
  ],
  [
    "unknown",
    () => ({ status: "unknown", reason: "r" }),
    /^unknown: r\nagents go on: .*\n\ndaemon/,
  ],
  [
    "stale",
    () => ({ status: "open", reason: "28% used", usedPercent: 28, updatedAt: iso(-14_400) }),
    /^unknown: .* too old .*\nlast known: open: 28% used\nagents go on: .*\n\ndaemon not running - read 4 h ago \(stale: more than 180 s\)\n/,
  ],
  [
    "a reading from the future",
    () => ({ status: "open", reason: "r", updatedAt: iso(100) }),
    / - read in the future: the clock was changed\n/,
  ],
  [
    "a block that is stale, with nobody who watches",
    () => ({ status: "blocked", reason: "r", blockedUntil: iso(600), updatedAt: iso(-500) }),
    /^unknown: .*\nlast known: blocked: r\nagents go on: /,
  ],
  [
    "a bound of the user's is reached",
    () => ({
      status: "blocked",
      reason: "r",
      blockedUntil: iso(600),
      guard: { noMoreHolds: true },
    }),
    /^blocked: r\nagents go on: the number of holds a day .*\n\ndaemon/,
  ],
  [
    "a bound of the user's is reached, and denies",
    () => ({
      status: "blocked",
      reason: "r",
      blockedUntil: iso(600),
      guard: { noMoreHolds: true, then: "deny" },
    }),
    /^blocked: r\ncalls are denied: the number of holds a day .*\n\ndaemon/,
  ],
  [
    "a reason that would move the cursor",
    () => ({ status: "open", reason: "\u001b[2Jx\ny" }),
    /^open: \[2Jx y\n/,
  ],
];
for (const [name, fields, expected] of CASES) {
  Deno.test(`status: ${name}`, async () => {
    await using box = new Sandbox();
    box.writeState(fields());
    const { code, stdout } = await box.run(["status", "--long"]);
    assertEquals(code, 0);
    assertMatch(stdout, expected);
  });
}

Deno.test("status --json: the same facts", async () => {
  await using box = new Sandbox();
  const told = async () => {
    const { code, stdout, stderr } = await box.run(["status", "--json"]);
    assertEquals([code, stderr], [0, ""]);
    return ReportJson.parse(JSON.parse(stdout)) as Record<string, unknown>;
  };
  const none = await told();
  assertEquals([none.schemaVersion, none.status, none.readAt], [1, "unknown", null]);
  assertEquals([none.waiting, none.daemon], [[], { running: false, pid: null }]);

  const blockedUntil = iso(600);
  box.writeState({ status: "blocked", reason: "r", usedPercent: 97, blockedUntil });
  const blocked = await told();
  assertEquals([blocked.status, blocked.agentsWaitUntil], ["blocked", blockedUntil]);
  assertEquals([blocked.usedPercent, blocked.stale, blocked.lastKnown], [97, false, null]);
  await box.run(["pause"]);
  const paused = await told();
  assertEquals(paused.agentsWaitUntil, null);
  assertMatch(String(paused.pausedUntil), /Z$/);
  assertEquals(/agents wait until/.test((await box.run(["status", "--long"])).stdout), false);

  const updatedAt = iso(-14_400);
  box.writeState({ status: "open", reason: "r", usedPercent: 28, updatedAt });
  const stale = await told();
  assertEquals([stale.status, stale.stale, stale.readAt], ["unknown", true, updatedAt]);
  assertEquals(stale.lastKnown, { status: "open", reason: "r" });
});

Deno.test("status: what is wrong with the hooks", async () => {
  await using box = new Sandbox();
  const lines = async () =>
    (await box.run(["status", "--long"])).stdout.split("\n").filter((line) => /hook/.test(line));
  const none = ["not protected: no hooks are installed; run: quota-sentry install-hook"];
  assertEquals(await lines(), none);
  await box.run(["install-hook"]);
  assertEquals(await lines(), []);
  const path = `${box.codexHome}/hooks.json`;
  const { hooks } = JSON.parse(Deno.readTextFileSync(path));
  delete hooks.PreModelRequest;
  Deno.writeTextFileSync(path, JSON.stringify({ hooks }));
  assertEquals(await lines(), [
    "not protected: the hooks are of an earlier version (missing: PreModelRequest); run: quota-sentry install-hook",
  ]);
  for (const text of ["{", '{"hooks":{"PreToolUse":[{"hooks":[{"type":"command"}]}]}}']) {
    Deno.writeTextFileSync(path, text);
    assertEquals(await lines(), none);
  }

  // What Codex said of these files, while they are the same.
  const identity = (file: string) => {
    const { ino: inode, size, mtime, ctime } = Deno.statSync(file);
    return { path: file, inode, size, mtimeMs: mtime!.getTime(), ctimeMs: ctime!.getTime() };
  };
  const codex = box.executable("any-codex", "");
  const seen = {
    harness: "Codex",
    program: identity(codex),
    hooksFile: identity(path),
    trustFile: null,
    askedAt: iso(0),
    version: "0.170.0",
    hooks: [
      { event: "PreModelRequest", standing: "untrusted" },
      { event: "PreCompact", standing: "disabled" },
      { event: "PreToolUse", standing: "trusted" },
    ],
    problem: null,
  };
  Deno.mkdirSync(box.stateDir, { recursive: true });
  const seenPath = `${box.stateDir}/quota-sentry.hooks.json`;
  Deno.writeTextFileSync(seenPath, JSON.stringify({ schemaVersion: 1, seen: [seen] }));
  assertEquals(await lines(), [
    ...none,
    "not protected: Codex 0.170.0 skips the hooks PreModelRequest (not trusted), PreCompact (switched off); " +
    "run: quota-sentry install-hook",
  ]);
  const config = `${box.codexHome}/config.toml`;
  Deno.writeTextFileSync(config, "");
  const problem = "hooks are switched off in Codex: features.hooks";
  const off = { ...seen, problem, trustFile: identity(config) };
  Deno.writeTextFileSync(seenPath, JSON.stringify({ schemaVersion: 1, seen: [off] }));
  assertEquals(await lines(), [
    ...none,
    `not protected: ${problem} (Codex 0.170.0, when it was last asked); ` +
    "mend that, then run: quota-sentry install-hook",
  ]);
  // Whether that is mended by what has changed, Codex is asked again.
  Deno.writeTextFileSync(config, "# changed");
  assertEquals(await lines(), none);
  Deno.writeTextFileSync(seenPath, JSON.stringify({ schemaVersion: 1, seen: [seen] }));
  box.executable("any-codex", "#!/bin/sh\n");
  assertEquals(await lines(), none);
  Deno.writeTextFileSync(seenPath, '{"schemaVersion":1,"seen":[{}]}');
  assertEquals(await lines(), none);
});

Deno.test("status: one line has each window, also where its percentage is the end of another number", async () => {
  await using box = new Sandbox();
  const window = {
    id: "primary",
    usedPercent: 97,
    windowMinutes: 300,
    resetsAt: iso(3600),
    extra: false,
  };
  box.writeBlock(3600, {
    reason: "97% of the 5-hour window is used, threshold is 95%",
    usedPercent: 97,
    windowMinutes: 300,
    windows: [window, { ...window, id: "secondary", usedPercent: 5, windowMinutes: 10_080 }],
  });
  const { stdout } = await box.run(["status", "--short"]);
  assertMatch(stdout, /weekly 5%/);
  assertEquals(stdout.includes("5-hour 97%"), false, stdout);
});

Deno.test("status: one line where it is piped, and with --short", async () => {
  await using box = new Sandbox();
  const line = async (...args: string[]) => (await box.run(["status", ...args])).stdout;
  assertMatch(await line(), /^unknown: the quota has not been read yet; no hooks [^\n]*\n$/);
  box.writeBlock(590, { reason: "97% of the 5-hour window is used" });
  await box.run(["pause", "30m"]);
  const piped = await line();
  assertMatch(
    piped,
    /^paused until .* \(in 30 min\); blocked: 97% of the 5-hour window is used; read [^\n]*\n$/,
  );
  assertEquals((await line("--short")).split(" (in ")[0], piped.split(" (in ")[0]);
  await box.run(["resume"]);
  assertMatch(await line(), /^blocked: 97% .*; agents wait until \d.* \(in 10 min\); read /);
  const env = { QUOTA_SENTRY_DISABLE: "1" };
  assertMatch(
    (await box.run(["status"], { env })).stdout,
    /^bypassed here \(QUOTA_SENTRY_DISABLE\); /,
  );
  assertMatch((await box.run(["status", "--long"], { env })).stdout, /^bypassed: /);
});

Deno.test("status: colours, and more than ASCII, only where they are wanted", async () => {
  await using box = new Sandbox();
  const window = { id: "primary", windowMinutes: 300, resetsAt: iso(3600), extra: false };
  const usedPercent = 50;
  box.writeState({ status: "open", reason: "r", windows: [{ ...window, usedPercent }] });
  const shown = async (env: Record<string, string>) =>
    (await box.run(["status", "--long"], { env })).stdout;
  assertEquals(/[^\n\x20-\x7e]/.test(await shown({})), false);
  assertMatch(await shown({ LANG: "C.UTF-8" }), /█+░+│░/);
  assertEquals((await shown({ LANG: "C.UTF-8" })).includes("\u001b"), false);
  const painted = await shown({ FORCE_COLOR: "1" });
  assertEquals(painted.includes("\u001b[32m"), true);
  const plain = (text: string) => stripVTControlCharacters(text).replace(/read .*/, "");
  assertEquals(plain(painted), plain(await shown({})));
});

Deno.test("status --exit-code: 0 open, 10 blocked, 11 unknown, 12 where nobody would be held", async () => {
  await using box = new Sandbox();
  const code = async (...args: string[]) =>
    (await box.run(["status", "--exit-code", ...args])).code;
  box.writeState({ status: "open", reason: "r" });
  assertEquals(await code(), 12);
  await box.run(["install-hook"]);
  assertEquals(await code(), 12);
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  await box.run(["start", "--interval-seconds=1"]);
  await until("it is open", async () => await code() === 0);
  assertEquals((await box.run(["status"])).code, 0);
  box.answer(usage({ used: 97 }));
  await until("it is blocked", async () => await code("--json") === 10);
  await box.run(["pause"]);
  assertEquals(await code(), 0);
  await box.run(["resume"]);
  box.codexbar("exit 1");
  Deno.removeSync(`${box.stateDir}/state.json`);
  await until("it is unknown", async () => await code() === 11);
  Deno.removeSync(`${box.codexHome}/hooks.json`);
  assertEquals(await code(), 12);
});

Deno.test("status --all: providers with a state of their own are told, too", async () => {
  await using box = new Sandbox();
  box.writeState({ status: "open", reason: "28% used" });
  const other = `${box.stateDir}-claude`;
  Deno.mkdirSync(other, { mode: 0o700 });
  Deno.copyFileSync(`${box.stateDir}/state.json`, `${other}/state.json`);
  Deno.mkdirSync(`${box.stateDir}-empty`, { mode: 0o700 });
  Deno.mkdirSync(box.codexHome);
  const { stdout } = await box.run(["status", "--all"]);
  assertMatch(
    stdout,
    /^~\/\.codex: open: 28% used; .*\nprovider: claude, home: ~\/\.claude: open: 28% used; .*\n$/,
  );
  const json = JSON.parse((await box.run(["status", "--all", "--json"])).stdout);
  ReportJson.parse(json);
  assertEquals([json.homes.length, json.providers.length], [1, 1]);
  assertEquals(json.providers[0].provider, "claude");
});

Deno.test("status: local time, with its zone on a machine that is on UTC", async () => {
  await using box = new Sandbox();
  box.writeBlock(590);
  const line = async (TZ: string) => (await box.run(["status"], { env: { TZ } })).stdout;
  assertMatch(await line("UTC"), /agents wait until .*\d\d:\d\d UTC \(in 10 min\)/);
  assertMatch(await line("Asia/Tokyo"), /agents wait until .*\d\d:\d\d \(in 10 min\)/);
});

for (const command of ["status --all", "holds", "doctor"]) {
  Deno.test({
    name: `${command}: on a narrow terminal no line is wider than it`,
    ignore: SCRIPT === undefined,
    fn: async () => {
      await using box = new Sandbox();
      box.writeBlock(600, { reason: "97% of the 5-hour window is used; the threshold is 95%" });
      deadSession(box, { place: "run" });
      await using terminal = new PseudoTerminal(box, `'${BINARY}' ${command}; echo ended`, {
        columns: 30,
      });
      await terminal.writes(/ended/);
      const lines = stripVTControlCharacters(terminal.written).split(/\r?\n/);
      assertEquals(lines.filter((line) => line.length > 30), []);
      // It had something to break.
      assertMatch(lines.join(" "), /1\s+session\s+stopped|NOT\s+protected/);
    },
  });
}
