import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { isRunning } from "../support/processes.ts";
import { CODEXBAR, iso, readText, removeWhole, Sandbox, until, usage } from "../support/sandbox.ts";
import { tokenCountLine } from "../support/token_count.ts";

/** A sandbox with the usual home and one more. */
class TwoHomes extends Sandbox {
  readonly work = `${this.home}/.codex-work`;
  readonly cache = `${this.home}/.cache`;

  constructor() {
    super();
    for (const home of [this.codexHome, this.work]) {
      Deno.mkdirSync(`${home}/sessions`, { recursive: true });
    }
    // Says whom it was asked for, and answers accordingly.
    this.executable(
      "codexbar",
      `#!/bin/sh\ncase $CODEX_HOME in *-work) cat '${this.bin}/work.json' ;; *) cat '${this.bin}/answer.json' ;; esac\n`,
    );
    this.answer(usage({ used: 20 }));
    Deno.writeTextFileSync(`${this.bin}/work.json`, JSON.stringify(usage({ used: 97 })));
  }

  /** The state directories of homes that are not the usual one. */
  get others(): string[] {
    return [...Deno.readDirSync(this.cache)].map(({ name }) => name)
      .filter((name) => name.startsWith("quota-sentry@")).sort();
  }

  stateOf(name: string): Record<string, unknown> | undefined {
    const text = readText(`${this.cache}/${name}/state.json`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Runs a command, for the other home by its variable. */
  inWork(args: string[]) {
    return this.run(args, { env: { CODEX_HOME: this.work } });
  }

  /** What a home that has gone has left, untouched for so many hours. */
  leave(name: string, hours: number): string {
    const path = `${this.cache}/quota-sentry@${name}`;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(`${path}/quota-sentry.home`, `${this.home}/.gone-${name}\n`);
    Deno.writeTextFileSync(`${path}/state.json`, "{}");
    this.age(path, hours);
    return path;
  }

  age(path: string, hours: number): void {
    const at = new Date(Date.now() - hours * 3_600_000);
    for (const { name } of Deno.readDirSync(path)) Deno.utimeSync(`${path}/${name}`, at, at);
    Deno.utimeSync(path, at, at);
  }
}

Deno.test("homes: each has its own state, daemon and quota; a block of one holds nobody of another", async () => {
  await using box = new TwoHomes();
  await box.run(["start"]);
  await box.run(["start", "--home", box.work]);
  await until(
    "both are read",
    () => box.state !== undefined && box.others.some((name) => box.stateOf(name) !== undefined),
  );
  const [other] = box.others;
  assertMatch(other!, /^quota-sentry@codex-work-[0-9a-z]{7}$/);
  assertEquals([box.state!.status, box.stateOf(other!)!.status], ["open", "blocked"]);
  assertEquals((await box.run(["guard", "--state-only", "--verbose"])).code, 0);
  const held = box.spawn(["guard", "--state-only"], { env: { CODEX_HOME: box.work } });
  await until(
    "it is held",
    () => readText(`${box.cache}/${other}/quota-sentry.log`)?.includes("held until") === true,
  );
  const here = JSON.parse((await box.run(["status", "--json"])).stdout);
  const there = JSON.parse((await box.inWork(["status", "--json"])).stdout);
  assertEquals([here.home, here.waiting.length], [box.codexHome, 0]);
  assertEquals([there.home, there.waiting.length], [box.work, 1]);
  assertNotEquals(here.daemon.pid, there.daemon.pid);
  await box.run(["pause", "--home=~/.codex-work", "1m"]);
  await held.status;
  await Promise.all([held.stdout.cancel(), held.stderr.cancel()]);
  assertEquals(JSON.parse((await box.run(["status", "--json"])).stdout).pausedUntil, null);
  assertEquals((await box.inWork(["stop"])).stdout, "daemon stopped\n");
  assert(isRunning(here.daemon.pid));
});

Deno.test("homes: a link to the usual home, and its own name, are the usual home", async () => {
  await using box = new TwoHomes();
  Deno.symlinkSync(box.codexHome, `${box.home}/link`);
  await box.run(["poll"]);
  await box.run(["poll", "--home", `${box.home}/link`]);
  await box.run(["poll"], { env: { CODEX_HOME: `${box.codexHome}/` } });
  assertEquals(box.others, []);
});

Deno.test("homes: --all tells of those that are there, and sums up those that have gone", async () => {
  await using box = new TwoHomes();
  await box.run(["poll"]);
  await box.inWork(["poll"]);
  for (let n = 0; n < 30; n++) box.leave(`run-${n}`, 2);
  const { stdout } = await box.run(["status", "--all", "--long"]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, 7, stdout);
  assertMatch(stdout, /^~\/\.codex\n {2}open: 20% .*\n {2}daemon not running/);
  assertMatch(stdout, /\n~\/\.codex-work\n {2}blocked: 97% .*, resets .* \(in .*\)\n/);
  assertMatch(stdout, /\n30 homes have gone; their states are cleared away in time\n$/);
  const json = JSON.parse((await box.run(["status", "--all", "--json"])).stdout);
  assertEquals(json.homes.map(({ home }: { home: string }) => home), [box.codexHome, box.work]);
  assertEquals(json.gone.length, 30);
  // The state of one says whose it is, where there are several.
  assertMatch((await box.run(["status", "--long"])).stdout, /^home: ~\/\.codex\n/);
  const paused = await box.run(["pause", "--all", "1m"]);
  assertEquals(paused.stdout.match(/paused until/g)?.length, 2, paused.stdout);
  const resumed = await box.run(["resume", "--all"]);
  assertEquals(resumed.stdout.match(/resumed/g)?.length, 2, resumed.stdout);
  const wrong = await box.run(["status", "--all", "--home", box.work]);
  assertEquals(wrong.code, 1);
  assertMatch(wrong.stderr, /--all is for every home/);
});

Deno.test("homes: two that are one account are told, and share what their sessions say", async () => {
  await using box = new TwoHomes();
  const login = (id: string) =>
    JSON.stringify({ tokens: { account_id: id, access_token: "secret" } });
  Deno.writeTextFileSync(`${box.codexHome}/auth.json`, login("one"));
  Deno.writeTextFileSync(`${box.work}/auth.json`, login("two"));
  await box.run(["poll"]);
  await box.inWork(["poll"]);
  const isSame = async () => {
    const { stdout } = await box.inWork(["status", "--long"]);
    assert(!stdout.includes("secret") && !stdout.includes("two"));
    return /^home: ~\/\.codex-work \(the same account as ~\/\.codex\)\n/.test(stdout);
  };
  assertEquals(await isSame(), false);
  Deno.writeTextFileSync(`${box.work}/auth.json`, login("one"));
  assertEquals(await isSame(), true);
  Deno.removeSync(`${box.work}/auth.json`);
  Deno.symlinkSync(`${box.codexHome}/auth.json`, `${box.work}/auth.json`);
  assertEquals(await isSame(), true);

  // The daemon of one hears what a session of the other is told.
  box.answer(usage({ used: 93 }));
  await box.run(["start", "--interval-seconds=600"]);
  await until("it is read", () => box.state?.usedPercent === 93);
  const resetsAt = Date.parse((box.state!.fiveHour as { resetsAt: string }).resetsAt) / 1000;
  const day = `${box.work}/sessions/${iso(0).slice(0, 10).replaceAll("-", "/")}`;
  Deno.mkdirSync(day, { recursive: true });
  const name = `rollout-${
    iso(0).slice(0, 19).replaceAll(":", "-")
  }-01900000-0000-7000-8000-000000000000`;
  Deno.writeTextFileSync(`${day}/${name}.jsonl`, tokenCountLine(96, resetsAt));
  await until("it is told", () => box.state?.status === "blocked");
});

Deno.test("homes: what one that has gone has left is cleared away after a day, and nothing else", async () => {
  await using box = new TwoHomes();
  await box.run(["poll"]);
  const old = box.leave("old", 25);
  const young = box.leave("young", 2);
  const used = box.leave("used", 25);
  Deno.writeTextFileSync(`${used}/notes.txt`, "the user's");
  box.age(used, 25);
  const inside = box.leave("inside", 25);
  Deno.mkdirSync(`${inside}/queue`);
  Deno.writeTextFileSync(`${inside}/queue/thesis.txt`, "the user's");
  box.age(`${inside}/queue`, 25);
  box.age(inside, 25);
  const paused = box.leave("paused", 25);
  Deno.writeTextFileSync(`${paused}/quota-sentry.pause`, `${iso(3600)}\n`);
  box.age(paused, 25);
  const there = box.leave("there", 25);
  Deno.writeTextFileSync(`${there}/quota-sentry.home`, `${box.work}\n`);
  box.age(there, 25);
  await box.run(["start"]);
  await until("it is cleared away", () => readText(`${old}/state.json`) === undefined);
  await until(
    "it is said",
    () => readText(`${box.stateDir}/quota-sentry.log`)!.includes(`cleared away: ${old}`),
  );
  for (const path of [young, used, inside, paused, there]) assert(Deno.statSync(path).isDirectory);
});

Deno.test("homes: one that fails does not keep a command from the others; none is an error", async () => {
  await using box = new TwoHomes();
  await box.run(["poll"]);
  await box.inWork(["poll"]);
  Deno.chmodSync(box.stateDir, 0o777);
  const { code, stdout, stderr } = await box.run(["pause", "--all", "1m"]);
  assertEquals(code, 1);
  assertMatch(stderr, /others may write into it/);
  assertMatch(stdout, /\.codex-work: paused until/);
  const nobody = { HOME: box.bin, XDG_CACHE_HOME: `${box.root}/none` };
  for (const command of ["status", "pause", "stop", "doctor"]) {
    const ended = await box.run([command, "--all"], { env: nobody });
    assertEquals([ended.code, ended.stdout], [1, ""], command);
    assertMatch(ended.stderr, /no home of an agent is known/);
  }
});

Deno.test("homes: a script of an earlier version, in another home, and the program look at one state", async () => {
  await using box = new TwoHomes();
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  // As it called the program: it says nothing of a directory.
  const env = { CODEX_HOME: box.work };
  await box.run(["poll"], { env: { CODEX_HOME: box.codexHome } });
  const { stdout } = await box.run(["guard", "--state-only", "--hold=new"], { env });
  assertMatch(stdout, /^(hold|alone) /);
  assertEquals(box.others, []);
});

Deno.test("homes: a poll for another home's state reads that home's quota", async () => {
  await using box = new TwoHomes();
  await box.run(["poll"]);
  await box.inWork(["poll", `--state-dir=${box.stateDir}`]);
  assertEquals(box.state!.usedPercent, 20);
  const relative = await box.run(["poll"], { env: { CODEX_HOME: ".codex-work" } });
  assertMatch(relative.stdout, /^blocked/);
});

Deno.test("homes: a daemon whose home has gone ends, and so does one without its directory", async () => {
  await using box = new TwoHomes();
  await box.inWork(["start"]);
  await box.run(["start"]);
  const work = JSON.parse((await box.inWork(["status", "--json"])).stdout).daemon.pid;
  const usual = JSON.parse((await box.run(["status", "--json"])).stdout).daemon.pid;
  await removeWhole(box.work);
  await removeWhole(box.stateDir);
  await until("both have ended", () => !isRunning(work) && !isRunning(usual));
  const log = readText(`${box.cache}/${box.others[0]}/quota-sentry.log`)!;
  assertMatch(log, /ended: the home that it watched was removed\n/);
});

Deno.test("homes: sessions that share another home's hooks share its state and its quota", async () => {
  await using box = new TwoHomes();
  box.codexbar(CODEXBAR.answers, usage({ used: 20 }));
  assertEquals((await box.inWork(["install-hook"])).code, 0);
  const [script] = [`${box.work}/quota-sentry-hook`];
  const launched = `${box.home}/run-1`;
  Deno.mkdirSync(launched);
  // As a launcher's session calls it, whose hooks file is a link to the other's.
  await new Deno.Command(script!, {
    args: ["start", "--quiet"],
    env: { ...box.env, CODEX_HOME: launched },
    clearEnv: true,
    stdin: "null",
  }).output();
  await until("it runs", () => box.others.some((name) => box.stateOf(name) !== undefined));
  // Its own is written down too, for what its sessions say.
  assertEquals(box.others.map((name) => name.replace(/-\w+$/, "")), [
    "quota-sentry@codex-work",
    "quota-sentry@run-1",
  ]);
  assertEquals(box.stateOf(box.others[1]!), undefined);
  assertEquals(readText(`${box.cache}/${box.others[0]}/quota-sentry.home`), `${box.work}\n`);
  Deno.symlinkSync(`${box.work}/hooks.json`, `${launched}/hooks.json`);
  const { stdout } = await box.run(["status", "--long"], { env: { CODEX_HOME: launched } });
  assertMatch(
    stdout,
    /^home: ~\/run-1; its hooks look at the state of ~\/\.codex-work, and hold on/,
  );
  assertMatch(stdout, /\nopen: 20%/);
});
