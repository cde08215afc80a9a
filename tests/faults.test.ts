import { assert, assertEquals, assertMatch } from "@std/assert";
import { NEEDS_LINUX } from "./support/needs_linux.ts";
import { isRunning, processesWith } from "./support/processes.ts";
import {
  assertComesTo,
  BINARY,
  CODEXBAR,
  kill,
  readText,
  Sandbox,
  until,
  usage,
} from "./support/sandbox.ts";
import { smallDiskTest } from "./support/small_disk.ts";
import { times } from "./support/soak.ts";
import { copyProgram } from "./support/programs.ts";

const names = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills a run of the binary, and all that it started, at some moment of the time that it takes. */
async function killWithin(box: Sandbox, args: string[], ms: number): Promise<void> {
  const child = box.spawn(args);
  await delay(Math.random() * ms);
  for (const { pid, command } of box.processes()) {
    if (command.includes("quota-sentry")) kill(pid);
  }
  await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
}

Deno.test("kill: poll at random moments leaves the state whole, and the next one works", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const { ms } = await box.run(["poll"]);
  for (let n = 0; n < times(25, 300); n++) {
    await killWithin(box, ["poll"], ms);
    const text = readText(`${box.stateDir}/state.json`);
    if (text !== undefined) assertEquals(JSON.parse(text).status, "open");
  }
  // One that was starting as the others were killed ends by itself.
  await until("all that was killed has ended", () => box.processes().length === 0);
  assertMatch((await box.run(["poll"])).stdout, /^open/);
  const strays = names(box.stateDir).filter((name) => name.endsWith(".tmp"));
  const old = new Date(Date.now() - 120_000);
  for (const name of strays) Deno.utimeSync(`${box.stateDir}/${name}`, old, old);
  await box.run(["poll"]);
  assertEquals(names(box.stateDir), ["quota-sentry.gate", "state.json"]);
});

Deno.test("kill: install and uninstall at random moments leave the hooks file whole", async () => {
  await using box = new Sandbox();
  const path = `${box.codexHome}/hooks.json`;
  const original = JSON.stringify({ hooks: { Stop: [{ hooks: [] }] } }, null, 3);
  Deno.mkdirSync(box.codexHome);
  Deno.writeTextFileSync(path, original);
  const { ms } = await box.run(["install-hook"]);
  for (let n = 0; n < times(20, 300); n++) {
    const command = n % 2 === 0 ? "uninstall-hook" : "install-hook";
    await killWithin(box, [command], ms);
    assert(JSON.parse(readText(path)!).hooks.Stop, "somebody else's hooks are there");
  }
  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(readText(path), original);
});

Deno.test("kill: the daemon at random moments leaves the state whole, and the next one starts", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const { ms } = await box.run(["start", "--interval-seconds=1"]);
  for (let n = 0; n < times(10, 100); n++) {
    await killWithin(box, ["start", "--interval-seconds=1"], ms * 2);
    const text = readText(`${box.stateDir}/state.json`);
    if (text !== undefined) assertEquals(JSON.parse(text).status, "open");
  }
  // One that was just beginning as the others were killed runs on.
  await until("all of them are killed", () => {
    for (const { pid } of box.processes()) kill(pid);
    return box.processes().length === 0;
  });
  assertMatch((await box.run(["start"])).stdout, /^daemon started/);
});

Deno.test("race: many guards while polls and a daemon write; none errs, none lets go early", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 20 }));
  await box.run(["start", "--interval-seconds=1", "--reset-buffer-seconds=1"]);
  await until("it is blocked", () => box.state?.status === "blocked");
  const end = new Date(String(box.state?.blockedUntil)).getTime();
  const count = times(30, 200);
  const guards = Array.from({ length: count }, () => box.run(["guard", "--state-only"]));
  const polls = Array.from({ length: 10 }, () => box.run(["poll", "--reset-buffer-seconds=1"]));
  const earliest = Promise.race(guards).then(() => Date.now());
  for (const { code } of await Promise.all(polls)) assertEquals(code, 0);
  await earliest.then((at) => assert(at >= end - 1_000, `${end - at} ms early`));
  // Those behind wait their turn; a pause lets them go.
  await box.run(["pause"]);
  for (const { code, stdout, stderr } of await Promise.all(guards)) {
    assertEquals([code, stdout, stderr], [0, "", ""]);
  }
});

Deno.test("race: twenty starts at once leave one daemon", async () => {
  await using box = new Sandbox();
  const all = await Promise.all(Array.from({ length: 20 }, () => box.run(["start"])));
  assertEquals(all.filter(({ code }) => code !== 0), []);
  // What it starts looks like itself for a moment.
  await assertComesTo(() => processesWith(`daemon --state-dir=${box.stateDir}`).length, 1);
});

Deno.test("race: start and stop in a loop leave nothing behind", async () => {
  await using box = new Sandbox();
  for (let n = 0; n < times(10, 200); n++) {
    assertMatch((await box.run(["start"])).stdout, /^daemon started/);
    assertEquals((await box.run(["stop"])).stdout, "daemon stopped\n");
  }
  await assertComesTo(() => processesWith(box.stateDir), []);
  const left = names(box.stateDir).filter((name) =>
    !/^(state\.json|quota-sentry\.(log|history)|history$)/.test(name)
  );
  assertEquals(left, []);
});

Deno.test("race: two installers at once; the file is right, and one may say that it was busy", async () => {
  await using box = new Sandbox();
  const all = await Promise.all([1, 2, 3].map(() => box.run(["install-hook"])));
  assert(all.some(({ code }) => code === 0));
  for (const { code, stderr } of all) {
    if (code !== 0) assertMatch(stderr, /another install or uninstall is at work/);
  }
  const { hooks } = JSON.parse(readText(`${box.codexHome}/hooks.json`)!);
  assertEquals(hooks.PreToolUse.length, 1);
});

const BAD: [string, string, RegExp][] = [
  ["prints deep nesting", "head -c 100000 /dev/zero | tr '\\0' '['", /not its JSON/],
  [
    "prints deep and closed nesting",
    `head -c 50000 /dev/zero | tr '\\0' '['; head -c 50000 /dev/zero | tr '\\0' ']'`,
    /nothing about codex/,
  ],
  ["trickles, then ends", 'for i in 1 2 3 4 5; do printf "["; sleep 0.1; done', /not its JSON/],
];
for (const [name, behaviour, reason] of BAD) {
  Deno.test(`codexbar that ${name}`, async () => {
    await using box = new Sandbox();
    box.codexbar(behaviour);
    const { code, stdout } = await box.run(["poll", "--source=codexbar"]);
    assertEquals(code, 0);
    assertMatch(stdout, reason);
  });
}

Deno.test("codexbar that hangs: doctor names it, and how long it was waited for", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.ignoresTerm);
  const { stdout } = await box.run(["doctor"]);
  assertMatch(stdout, /^fail +reading +codexbar did not answer within 10 s$/m);
});

Deno.test("codexbar that is a directory, not executable, or replaced while the daemon runs", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.bin}/codexbar`);
  assertMatch((await box.run(["poll", "--source=codexbar"])).stdout, /^unknown: codexbar /);
  await Deno.remove(`${box.bin}/codexbar`);
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  Deno.chmodSync(`${box.bin}/codexbar`, 0o644);
  assertMatch((await box.run(["poll", "--source=codexbar"])).stdout, /^unknown: codexbar /);
  Deno.chmodSync(`${box.bin}/codexbar`, 0o755);
  await box.run(["start", "--interval-seconds=1"]);
  await until("it is read", () => box.state?.status === "open");
  box.codexbar(`: another; ${CODEXBAR.answers}`, usage({ used: 30 }));
  await until("the new one is read", () => box.state?.usedPercent === 30);
});

smallDiskTest(
  "disk: a full one is said, the old state stays, and sessions go on",
  "size=64k,mode=700",
  async (disk) => {
    await using box = new Sandbox();
    const args = ["--state-dir", disk];
    box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
    assertEquals((await box.run(["poll", ...args])).code, 0);
    const state = readText(`${disk}/state.json`);
    try {
      Deno.writeFileSync(`${disk}/filler`, new Uint8Array(1_000_000));
    } catch {
      // That is the point.
    }
    const { code, stderr } = await box.run(["poll", ...args]);
    assertEquals(code, 1);
    assertMatch(stderr, /the state could not be written/);
    assertEquals(readText(`${disk}/state.json`), state);
    assertEquals(names(disk).filter((name) => name.endsWith(".tmp")), []);
    const guard = await box.run(["guard", ...args], { stdin: "{}" });
    assertEquals([guard.code, guard.stdout, guard.stderr], [0, "", ""]);
  },
);

smallDiskTest(
  "disk: a read-only one is said, and sessions go on",
  "size=64k,mode=700,ro",
  async (disk) => {
    await using box = new Sandbox();
    const args = ["--state-dir", disk];
    for (const command of ["poll", "start"]) {
      const { code, stderr } = await box.run([command, ...args]);
      assertEquals(code, 1);
      assertMatch(stderr, /go on/);
    }
    const guard = await box.run(["guard", "--start-daemon", ...args], { stdin: "{}" });
    assertEquals([guard.code, guard.stdout, guard.stderr], [0, "", ""]);
  },
);

Deno.test("disk: a state directory that is a link is followed; private even under umask 0", async () => {
  await using box = new Sandbox();
  const real = `${box.root}/real`;
  Deno.mkdirSync(real);
  Deno.mkdirSync(`${box.home}/.cache`);
  Deno.symlinkSync(real, box.stateDir);
  for (const args of ["start", "pause"]) {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", `umask 0; exec "$0" ${args}`, BINARY],
      cwd: box.home,
      env: box.env,
      clearEnv: true,
      stdout: "null",
    }).output();
    assert(success, args);
    if (args === "start") await until("the first poll", () => box.state !== undefined);
  }
  await box.run(["stop"]);
  for (const name of names(real)) {
    assertEquals(Deno.statSync(`${real}/${name}`).mode! & 0o077, 0, name);
  }
  assertEquals(Deno.statSync(real).mode! & 0o777, 0o700);
  assertEquals(Deno.readLinkSync(box.stateDir), real);
});

Deno.test("version: a daemon of another version is replaced at the next start", async () => {
  await using box = new Sandbox();
  const first = await box.run(["start"]);
  const pid = Number(/pid (\d+)/.exec(first.stdout)![1]);
  Deno.writeTextFileSync(`${box.stateDir}/quota-sentry.lock`, "0.0.9\n");
  const second = await box.run(["start"]);
  assertMatch(second.stdout, /^daemon started: pid \d+/);
  await until("it has gone", () => !isRunning(pid), 10_000);
});

Deno.test("version: another build of the same version is replaced, a link that moves keeps hooks", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  // As Homebrew does: a link on PATH, to a directory for each version.
  const link = `${box.bin}/quota-sentry`;
  for (const version of ["1", "2"]) {
    Deno.mkdirSync(`${box.root}/cellar/${version}`, { recursive: true });
    copyProgram(BINARY, `${box.root}/cellar/${version}/quota-sentry`);
  }
  Deno.symlinkSync(`${box.root}/cellar/1/quota-sentry`, link);
  const run = async (...args: string[]) =>
    new TextDecoder().decode(
      (await new Deno.Command(link, { args, env: box.env, clearEnv: true }).output()).stdout,
    );
  await run("install-hook");
  const [, pid] = /pid (\d+)/.exec(await run("start"))!;
  const lock = `${box.stateDir}/quota-sentry.lock`;
  await until("it is written down", () => (readText(lock) ?? "").includes("+"));
  assertMatch(await run("start"), /already running/);
  Deno.writeTextFileSync(lock, readText(lock)!.replace(/\+.*/, "+1.2"));
  Deno.removeSync(link);
  Deno.symlinkSync(`${box.root}/cellar/2/quota-sentry`, link);
  Deno.removeSync(`${box.root}/cellar/1`, { recursive: true });
  const { hooks } = JSON.parse(readText(`${box.codexHome}/hooks.json`)!);
  for (const event of ["SessionStart", "UserPromptSubmit", "PreToolUse"]) {
    const command = hooks[event][0].hooks[0].command;
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", command],
      env: box.env,
      clearEnv: true,
      stdin: "null",
    }).output();
    assertEquals([code, stdout.length, stderr.length], [0, 0, 0], event);
  }
  await until("the old one has ended", () => !isRunning(Number(pid)));
  await until("a new one runs", () => readText(lock)?.includes("+1.2") === false);
});

Deno.test({
  name: "codexbar that prints a gigabyte is cut off, and the program stays small",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = new Sandbox();
    box.codexbar('head -c 1000000000 /dev/zero; echo all > "$here/all"');
    const child = box.spawn(["poll", "--source=codexbar"]);
    let peakKb = 0;
    let hasEnded = false;
    child.status.then(() => hasEnded = true);
    const output = new Response(child.stdout).text();
    while (!hasEnded) {
      for (const pid of processesWith("poll --source=codexbar")) {
        const status = readText(`/proc/${pid}/status`) ?? "";
        peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      }
      await delay(10);
    }
    await child.stderr.cancel();
    assertMatch(await output, /^unknown/);
    assert(peakKb > 0 && peakKb < 150_000, `${peakKb} KB`);
    assertEquals(readText(`${box.bin}/all`), undefined);
  },
});

Deno.test("pause: held guards go on; it is shown, and ends by itself", async () => {
  await using box = new Sandbox();
  box.writeBlock(600);
  const held = box.run(["guard", "--state-only"]);
  await until(
    "it is held",
    () => /held until/.test(readText(`${box.stateDir}/quota-sentry.log`) ?? ""),
  );
  const before = Date.now();
  assertMatch((await box.run(["pause", "--for", "10m"])).stdout, /^paused until /);
  assertEquals((await held).code, 0);
  assertMatch(
    (await box.run(["status", "--long"])).stdout,
    /^paused until .*: nothing is held; quota-sentry resume ends it$/m,
  );
  await box.run(["guard", "--state-only"]);
  assert(Date.now() - before < 300_000, "the block goes on for longer");
  await box.run(["pause", "--for", "1s"]);
  const { pausedUntil } = JSON.parse((await box.run(["status", "--json"])).stdout);
  await until("it has ended", () => pausedUntil === null || Date.now() > Date.parse(pausedUntil));
  assert(!/paused/.test((await box.run(["status", "--long"])).stdout));
  assertEquals((await box.run(["pause", "--until", "23:59"])).code, 0);
  assertMatch((await box.run(["resume"])).stdout, /^resumed/);
  assertEquals((await box.run(["resume"])).stdout, "not paused\n");
  // A word says it as well, in parts if need be.
  const begun = Date.now();
  assertMatch((await box.run(["pause", "1h30m"])).stdout, /^paused until \d.* \(in 1 h 30 min\): /);
  const { pausedUntil: end } = JSON.parse((await box.run(["status", "--json"])).stdout);
  const minutes = (Date.parse(end) - begun) / 60_000;
  assert(minutes >= 90 && minutes < 92, end);
  assertEquals((await box.run(["resume"])).code, 0);
  for (
    const wrong of [
      ["--for", "long"],
      ["--until", "yesterday"],
      ["--until=2020-01-01T00:00:00Z"],
      ["long"],
      ["1h", "2h"],
      ["1h", "--for=1h"],
      ["--for=999999999d"],
    ]
  ) {
    const { code, stderr } = await box.run(["pause", ...wrong]);
    assertEquals(code, 64);
    assertMatch(stderr, /^quota-sentry: pause takes one time: .*; nothing was paused\n$/);
  }
});

Deno.test("log: capped, and one line each, whatever a source says", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.stateDir, { recursive: true });
  Deno.writeTextFileSync(`${box.stateDir}/quota-sentry.log`, "x".repeat(1_100_000));
  Deno.writeTextFileSync(`${box.stateDir}/quota-sentry.log.1`, "older");
  const message = "no\u001b]0;title\u0007\nfake line me@example.com";
  box.codexbar(CODEXBAR.answers, [{ provider: "codex", error: { message } }]);
  await box.run(["start", "--source=codexbar"]);
  await until("it has read", () => box.state !== undefined);
  await box.run(["stop"]);
  assertEquals(readText(`${box.stateDir}/quota-sentry.log.2`), "older");
  const log = readText(`${box.stateDir}/quota-sentry.log`)!;
  assertEquals(log.trim().split("\n").length, 3);
  for (const line of log.trim().split("\n")) assertMatch(line, /^\d{4}-\S+Z [^\p{Cc}]+$/u);
  assert(!log.includes("example.com"));
});
