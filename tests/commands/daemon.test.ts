import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
import { isRunning, processesWith } from "../support/processes.ts";
import { assertComesTo, CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";

const pidOf = (text: string) => Number(/pid (\d+)/.exec(text)?.[1]);

Deno.test("daemon: start, status, stop, and nothing left but the state and the log", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const started = await box.run(["start"]);
  assertEquals(started.code, 0);
  assertMatch(started.stdout, /^daemon started: pid \d+\n$/);
  const pid = pidOf(started.stdout);
  assertEquals(Number(readText(`${box.stateDir}/quota-sentry.pid`)), pid);
  await until("the first poll", () => box.state?.status === "open");

  const again = await box.run(["start"]);
  assertEquals([again.code, again.stdout], [0, `daemon already running: pid ${pid}\n`]);
  assertMatch(
    (await box.run(["status", "--long"])).stdout,
    new RegExp(`\\ndaemon pid ${pid} - read `),
  );

  const stopped = await box.run(["stop"]);
  assertEquals([stopped.code, stopped.stdout], [0, "daemon stopped\n"]);
  await until("it has gone", () => !isRunning(pid), 10_000);
  assertEquals((await box.run(["stop"])).stdout, "daemon not running\n");
  const names = [...Deno.readDirSync(box.stateDir)].map(({ name }) => name).sort();
  assertEquals(names, ["history", "quota-sentry.history", "quota-sentry.log", "state.json"]);
  const log = readText(`${box.stateDir}/quota-sentry.log`)!;
  assertMatch(log, /Z started: pid.*\n.*Z open \(codexbar\): 28% .*\n.*Z ended: asked to stop\n$/);
  assertEquals(Deno.statSync(`${box.stateDir}/quota-sentry.log`).mode! & 0o777, 0o600);
});

Deno.test("daemon: ten starts at once leave exactly one", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const all = await Promise.all(Array.from({ length: 10 }, () => box.run(["start"])));
  assertEquals(all.map(({ code }) => code), Array(10).fill(0));
  assertEquals(new Set(all.map(({ stdout }) => pidOf(stdout))).size, 1);
  assertEquals(all.filter(({ stdout }) => stdout.includes("started")).length, 1);
  // What it starts looks like itself for a moment.
  await assertComesTo(() => processesWith(`daemon --state-dir=${box.stateDir}`).length, 1);
});

Deno.test({
  name: "daemon: has a session of its own and none of its caller's files",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = new Sandbox();
    const pid = pidOf((await box.run(["start"])).stdout);
    const session = /\) \S \d+ \d+ (\d+) /.exec(readText(`/proc/${pid}/stat`)!)![1];
    assertEquals(Number(session), pid);
    for (const fd of [0, 1, 2]) {
      assertEquals(Deno.readLinkSync(`/proc/${pid}/fd/${fd}`), "/dev/null");
    }
  },
});

for (const hook of [["start", "--quiet"], ["guard", "--start-daemon"]]) {
  Deno.test(`daemon: one that sees no source is replaced by the hook that calls ${hook.join(" ")}`, async () => {
    await using box = new Sandbox();
    const blind = pidOf((await box.run(["start"])).stdout);
    await until("it knows nothing", () => box.state?.status === "unknown");
    box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
    const { code, stdout, stderr } = await box.run(hook, { stdin: '{"session_id":"s"}' });
    assertEquals([code, stdout, stderr], [0, "", ""]);
    await until("the other has gone", () => !isRunning(blind));
    await until("it knows", () => box.state?.status === "open");
    await until("another runs", () => {
      const pid = Number(readText(`${box.stateDir}/quota-sentry.pid`));
      return pid > 0 && isRunning(pid);
    });
  });
}

Deno.test("daemon: what the log says of a block is what stands in the state, after a failed reading too", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.crashes);
  await box.run(["start", "--interval-seconds=1"]);
  const log = () => readText(`${box.stateDir}/quota-sentry.log`) ?? "";
  await until("it knows nothing", () => box.state?.status === "unknown");
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  await until("it is said", () => /^\S+ blocked \(codexbar\): 97% /m.test(log()));
  await assertComesTo(() => box.state?.status, "blocked");
  box.codexbar(CODEXBAR.crashes);
  const before = box.calls.length;
  await until("two readings have failed", () => box.calls.length > before + 2);
  const last = log().split("\n").filter((line) => / \(codexbar\): /.test(line)).at(-1);
  assertMatch(last!, /^\S+ blocked /);
  assertEquals(box.state?.status, "blocked");
  assertEquals(readText(`${box.stateDir}/quota-sentry.gate`), undefined);
});

Deno.test("daemon: one that sees no source is replaced by a caller that sees one", async () => {
  await using box = new Sandbox();
  const blind = pidOf((await box.run(["start"])).stdout);
  await until("it knows nothing", () => box.state?.status === "unknown");
  // Nothing that it could not see itself: it stays.
  assertEquals(pidOf((await box.run(["start"])).stdout), blind);
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const seeing = pidOf((await box.run(["start"])).stdout);
  assert(seeing !== blind);
  await until("the other has gone", () => !isRunning(blind), 10_000);
  await until("it knows", () => box.state?.status === "open");
  // Who sees less does not take its place.
  const less = await box.run(["start"], { env: { PATH: "/usr/bin:/bin" } });
  assertEquals(pidOf(less.stdout), seeing);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`daemon: ${signal} ends it cleanly`, async () => {
    await using box = new Sandbox();
    const pid = pidOf((await box.run(["start"])).stdout);
    Deno.kill(pid, signal);
    await until("it ends", () => !isRunning(pid));
    assertMatch(readText(`${box.stateDir}/quota-sentry.log`)!, /ended: by signal\n$/);
    assertEquals(readText(`${box.stateDir}/quota-sentry.pid`), undefined);
  });
}

Deno.test("daemon: killed, it leaves nothing that keeps the next one from starting", async () => {
  await using box = new Sandbox();
  const pid = pidOf((await box.run(["start"])).stdout);
  Deno.kill(pid, "SIGKILL");
  await until("it ends", () => !isRunning(pid));
  assertMatch((await box.run(["status", "--long"])).stdout, /daemon not running/);
  const next = await box.run(["start"]);
  assertMatch(next.stdout, /^daemon started/);
  assert(pidOf(next.stdout) !== pid);
});

Deno.test("daemon: polls at every interval and survives whatever codexbar does", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.crashes);
  await box.run(["start", "--interval-seconds", "1"]);
  await until("a crash is read", () => box.state?.status === "unknown");
  box.codexbar(CODEXBAR.printsGarbage);
  await until("garbage is read", () => /not its JSON/.test(String(box.state?.reason)));
  await Deno.remove(`${box.bin}/codexbar`);
  await until("it is missing", () => /codexbar/.test(String(box.state?.reason)));
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  await until("it answers", () => box.state?.status === "blocked");
  assertGreater(box.calls.length, 2);
});

Deno.test("daemon: stop ends a poll that hangs, and codexbar with it", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.ignoresTerm);
  await box.run(["start"]);
  await until("codexbar was called", () => box.calls.length === 1);
  const stopped = await box.run(["stop"]);
  assertEquals(stopped.stdout, "daemon stopped\n");
  await until("codexbar is gone", () => !isRunning(parseInt(box.calls[0]!)));
});

Deno.test("daemon: stop ends a reading from a Codex that hangs, and Codex with it", async () => {
  await using box = new Sandbox();
  const codex = box.executable("codex", `#!/bin/sh\n${CODEXBAR.ignoresTerm}\n`);
  await box.run(["start"]);
  const running = () => box.processes().filter(({ command }) => command.includes(codex));
  await until("Codex was called", () => running().length > 0);
  assertEquals((await box.run(["stop"])).stdout, "daemon stopped\n");
  await until("Codex is gone", () => running().length === 0);
});

Deno.test("daemon: ends when its directory is taken away, and the next start works", async () => {
  await using box = new Sandbox();
  const pid = pidOf((await box.run(["start", "--interval-seconds", "1"])).stdout);
  // Renamed away as a whole: the daemon may be writing in it.
  await until(
    "the gate is written last",
    () => readText(`${box.stateDir}/quota-sentry.gate`) !== undefined,
  );
  Deno.renameSync(box.stateDir, `${box.root}/taken`);
  await until("it ends", () => !isRunning(pid));
  assertMatch((await box.run(["start"])).stdout, /^daemon started/);
});

Deno.test("start: says why it cannot; with --quiet it is silent and exits 0", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.home}/.cache`);
  Deno.writeTextFileSync(box.stateDir, "a file");
  const loud = await box.run(["start"]);
  assertEquals(loud.code, 1);
  assertMatch(loud.stderr, /^quota-sentry: .+\n$/);
  const quiet = await box.run(["start", "--quiet"], { stdin: "{}" });
  assertEquals([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
});

Deno.test("start --quiet: silent and 0 whatever its arguments, with stdin read", async () => {
  await using box = new Sandbox();
  for (
    const args of [["--bogus"], ["word"], ["--help"], ["--version"], ["--source"], [
      "--interval-seconds=x",
    ]]
  ) {
    for (const all of [["--quiet", ...args], [...args, "--quiet"]]) {
      const { code, stdout, stderr } = await box.run(["start", ...all], {
        stdin: "x".repeat(200_000),
      });
      assertEquals([code, stdout, stderr], [0, "", ""], all.join(" "));
    }
  }
  assertEquals((await box.run(["start", "--bogus"])).code, 64);
});
