import { assertEquals, assertMatch } from "@std/assert";
import { iso, Sandbox } from "../support/sandbox.ts";

Deno.test("status: before the first reading", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["status"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^state: none in .*\ndaemon not running; start it with: quota-sentry start\n$/,
  );
});

/** Made when they are tried: the time until something goes on from then. */
const CASES: [string, () => Record<string, unknown>, RegExp][] = [
  [
    "open",
    () => ({ status: "open", reason: "28% used", usedPercent: 28, resetsAt: iso(3590) }),
    /^state: open: 28% used\nused: 28%\nresets: \S+Z \(in 60 min\)\nread: \S+Z, \d s ago\ndaemon/,
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
    /^state: blocked: r\nused: 97%\nagents wait until: \S+Z \(in 10 min\)\nread: /,
  ],
  [
    "blocked, and over",
    () => ({ status: "blocked", reason: "r", blockedUntil: iso(-5) }),
    /^state: open: r\nread: /,
  ],
  [
    "unknown",
    () => ({ status: "unknown", reason: "r" }),
    /^state: unknown: r\nagents go on: .*\nread: /,
  ],
  [
    "stale",
    () => ({ status: "open", reason: "28% used", usedPercent: 28, updatedAt: iso(-14_400) }),
    /^state: unknown: .* too old .*\nlast known: open: 28% used\nused then: 28%\nagents go on: .*\nread: \S+Z, 14\d+ s ago \(stale: more than 180 s\)\n/,
  ],
  [
    "a block that is stale, with nobody who watches",
    () => ({ status: "blocked", reason: "r", blockedUntil: iso(600), updatedAt: iso(-500) }),
    /^state: unknown: .*\nlast known: blocked: r\nagents go on: /,
  ],
  [
    "a bound of the user's is reached",
    () => ({
      status: "blocked",
      reason: "r",
      blockedUntil: iso(600),
      guard: { noMoreHolds: true },
    }),
    /^state: blocked: r\nagents go on: the number of holds a day .*\nread: /,
  ],
  [
    "a bound of the user's is reached, and denies",
    () => ({
      status: "blocked",
      reason: "r",
      blockedUntil: iso(600),
      guard: { noMoreHolds: true, then: "deny" },
    }),
    /^state: blocked: r\ncalls are denied: the number of holds a day .*\nread: /,
  ],
  [
    "a reason that would move the cursor",
    () => ({ status: "open", reason: "\u001b[2Jx\ny" }),
    /^state: open: \[2Jx y\n/,
  ],
];
for (const [name, fields, expected] of CASES) {
  Deno.test(`status: ${name}`, async () => {
    await using box = new Sandbox();
    box.writeState(fields());
    const { code, stdout } = await box.run(["status"]);
    assertEquals(code, 0);
    assertMatch(stdout, expected);
  });
}

Deno.test("status --json: the same facts", async () => {
  await using box = new Sandbox();
  const told = async () => {
    const { code, stdout, stderr } = await box.run(["status", "--json"]);
    assertEquals([code, stderr], [0, ""]);
    return JSON.parse(stdout);
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
  assertMatch(paused.pausedUntil, /Z$/);
  assertEquals(/agents wait until/.test((await box.run(["status"])).stdout), false);

  const updatedAt = iso(-14_400);
  box.writeState({ status: "open", reason: "r", usedPercent: 28, updatedAt });
  const stale = await told();
  assertEquals([stale.status, stale.stale, stale.readAt], ["unknown", true, updatedAt]);
  assertEquals(stale.lastKnown, { status: "open", reason: "r" });
});

Deno.test("status: what is wrong with the hooks; nothing where there are none", async () => {
  await using box = new Sandbox();
  const lines = async () =>
    (await box.run(["status"])).stdout.split("\n").filter((line) => /hook/.test(line));
  assertEquals(await lines(), []);
  await box.run(["install-hook"]);
  assertEquals(await lines(), []);
  const path = `${box.codexHome}/hooks.json`;
  const { hooks } = JSON.parse(Deno.readTextFileSync(path));
  delete hooks.PreModelRequest;
  Deno.writeTextFileSync(path, JSON.stringify({ hooks }));
  assertEquals(await lines(), [
    "the hooks are of an earlier version (missing: PreModelRequest); run: quota-sentry install-hook",
  ]);
  for (const text of ["{", '{"hooks":{"PreToolUse":[{"hooks":[{"type":"command"}]}]}}']) {
    Deno.writeTextFileSync(path, text);
    assertEquals(await lines(), []);
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
    "Codex 0.170.0 skips the hooks PreModelRequest (not trusted), PreCompact (switched off); " +
    "run: quota-sentry install-hook",
  ]);
  const config = `${box.codexHome}/config.toml`;
  Deno.writeTextFileSync(config, "");
  const problem = "hooks are switched off in Codex: features.hooks";
  const off = { ...seen, problem, trustFile: identity(config) };
  Deno.writeTextFileSync(seenPath, JSON.stringify({ schemaVersion: 1, seen: [off] }));
  assertEquals(await lines(), [
    `${problem} (Codex 0.170.0, when it was last asked); ` +
    "mend that, then run: quota-sentry install-hook",
  ]);
  // Whether that is mended by what has changed, Codex is asked again.
  Deno.writeTextFileSync(config, "# changed");
  assertEquals(await lines(), []);
  Deno.writeTextFileSync(seenPath, JSON.stringify({ schemaVersion: 1, seen: [seen] }));
  box.executable("any-codex", "#!/bin/sh\n");
  assertEquals(await lines(), []);
  Deno.writeTextFileSync(seenPath, '{"schemaVersion":1,"seen":[{}]}');
  assertEquals(await lines(), []);
});
