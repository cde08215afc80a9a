import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertComesTo, CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";
import { filesIn } from "../install/machine.ts";

/** A sandbox with two Codex homes, one of which keeps its state elsewhere. */
class TwoHomes extends Sandbox {
  readonly work = `${this.home}/.codex-work`;
  readonly elsewhere = `${this.home}/elsewhere`;

  constructor() {
    super();
    for (const home of [this.codexHome, this.work]) {
      Deno.mkdirSync(`${home}/sessions`, { recursive: true });
    }
    Deno.mkdirSync(this.elsewhere);
    Deno.writeTextFileSync(`${this.elsewhere}/mine`, "mine");
    this.codexbar(CODEXBAR.answers, usage({ used: 20 }));
  }

  /** Installs hooks in both homes and starts both daemons. */
  async protect(): Promise<void> {
    await this.run(["install-hook"]);
    await this.run(["install-hook", "--home", this.work, "--state-dir", this.elsewhere]);
    for (const home of [this.codexHome, this.work]) await this.run(["start", "--home", home]);
  }

  get files(): Record<string, string> {
    return filesIn(this.home);
  }

  /** What is in a home's hooks file, by the home. */
  hooksOf(home: string): string | undefined {
    return readText(`${home}/hooks.json`);
  }
}

Deno.test("uninstall: hooks and daemons of all homes go, the rest stays; --purge leaves what is not ours", async () => {
  await using box = new TwoHomes();
  const before = box.files;
  await box.protect();
  await box.run(["config", "set", "staggerSeconds", "0"]);
  const { code, stdout, stderr } = await box.run(["uninstall"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.match(/Removed our hooks from/g)?.length, 2);
  assertEquals(stdout.match(/The daemon \(pid \d+\) has ended\./g)?.length, 2);
  assertMatch(
    stdout,
    /Settings, state and history stay: ~\/\.config\/quota-sentry, ~\/\.cache\/quota-sentry, .*~\/elsewhere\.\n$/,
  );
  assertEquals([box.hooksOf(box.codexHome), box.hooksOf(box.work)], [undefined, undefined]);
  await assertComesTo(() => box.processes(), []);
  const left = Object.keys(box.files).filter((path) => !(path in before));
  assertEquals(left.filter((path) => !/^(\.cache|\.config|elsewhere)($|\/)/.test(path)), []);
  assert(left.includes(".config/quota-sentry/config.json"), `${left}`);
  assertEquals((await box.run(["uninstall"])).code, 0);

  await box.protect();
  Deno.writeTextFileSync(`${box.home}/.cache/quota-sentry/history/mine`, "mine");
  Deno.writeTextFileSync(`${box.elsewhere}/.mine.tmp`, "mine");
  const purged = await box.run(["uninstall", "--purge"]);
  assertEquals([purged.code, purged.stderr], [0, ""]);
  assertMatch(
    purged.stdout,
    /^Removed ~\/\.cache\/quota-sentry, but for what is not ours in it\.$/m,
  );
  assertMatch(purged.stdout, /^Removed ~\/elsewhere, but for what is not ours in it\.$/m);
  assertMatch(purged.stdout, /^Removed ~\/\.config\/quota-sentry\.$/m);
  Deno.removeSync(`${box.home}/.cache/quota-sentry/history/mine`);
  const files = Object.entries(box.files).filter(([, what]) => !what.endsWith(" directory"));
  assertEquals(Object.fromEntries(files), {
    "elsewhere/.mine.tmp": "644 mine",
    "elsewhere/mine": "644 mine",
  });
});

Deno.test("uninstall: who is held goes on at once, and the service goes too", async () => {
  await using box = new TwoHomes();
  box.answer(usage({ used: 97 }));
  await box.run(["install-hook"]);
  await box.run(["service", "install"]);
  await box.run(["poll"]);
  const { hooks } = JSON.parse(box.hooksOf(box.codexHome)!);
  const held = box.startProgram("sh", ["-c", hooks.PreModelRequest[0].hooks[0].command]);
  await until("it is held", async () => (await box.held()).length === 1);
  const { code, stdout, stderr } = await box.run(["uninstall", "--purge"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^1 agent was held; it goes on now, unguarded\.$/m);
  assertEquals(stdout.includes("Daemons that run go on"), false, stdout);
  assertEquals((await held.output()).code, 0);
  const ours = Object.keys(box.files).filter((path) => path.includes("quota-sentry"));
  assertEquals(ours, []);
  await assertComesTo(() => box.processes(), []);
});

Deno.test("uninstall: a script that an installation has left, ended before it wrote the hooks, goes", async () => {
  await using box = new TwoHomes();
  const before = box.files;
  await box.run(["install-hook"]);
  Deno.removeSync(`${box.codexHome}/hooks.json`);
  await box.run(["uninstall-hook", "--hooks-path", `${box.codexHome}/other.json`]);
  assertEquals(readText(`${box.codexHome}/quota-sentry-hook`) === undefined, false);
  const mine = `${box.work}/quota-sentry-hook`;
  Deno.writeTextFileSync(mine, "mine");
  const { code, stdout, stderr } = await box.run(["uninstall", "--purge"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^Removed .*\/\.codex\/quota-sentry-hook: left behind\.$/m);
  assertEquals(readText(mine), "mine");
  Deno.removeSync(mine);
  const left = Object.keys(box.files).filter((path) => !(path in before));
  assertEquals(left.filter((path) => path !== ".cache"), []);
});

Deno.test("uninstall: where hooks cannot be removed all else stays; a broken file without ours is nobody's", async () => {
  await using box = new TwoHomes();
  await box.protect();
  Deno.writeTextFileSync(`${box.work}/hooks.json`, `{ "quota-sentry-hook": `);
  const before = box.files;
  const { code, stderr } = await box.run(["uninstall", "--purge"]);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /\.codex-work\/hooks\.json .*\n.*: hooks are left, so the daemons, settings and state stay/,
  );
  assertEquals(box.hooksOf(box.codexHome), undefined);
  // What a daemon makes to read or to write goes again.
  const lasting = (path: string) => path.startsWith(".cache") && !/\.(lock|tmp)$/.test(path);
  assert(Object.keys(before).filter(lasting).every((path) => path in box.files));
  // What one of them starts looks like itself for a moment.
  await assertComesTo(
    () => box.processes().filter(({ command }) => command.includes(" daemon ")).length,
    2,
  );
  Deno.writeTextFileSync(`${box.work}/hooks.json`, "{ mine");
  assertEquals((await box.run(["uninstall"])).code, 0);
  assertEquals(box.hooksOf(box.work), "{ mine");
  assertEquals(readText(`${box.work}/quota-sentry-hook`), undefined);
});

Deno.test("uninstall --purge: what a link leads to stays, and what lies there of ours goes", async () => {
  await using box = new TwoHomes();
  const disk = `${box.root}/disk`;
  Deno.mkdirSync(disk, { mode: 0o700 });
  Deno.mkdirSync(`${box.home}/.cache`);
  Deno.symlinkSync(disk, box.stateDir);
  await box.run(["poll"]);
  assertEquals(readText(`${disk}/state.json`) === undefined, false);
  assertMatch(
    (await box.run(["uninstall", "--purge"])).stdout,
    /^Removed ~\/\.cache\/quota-sentry\.$/m,
  );
  assertEquals([...Deno.readDirSync(disk)], []);
  assertEquals(Deno.readLinkSync(box.stateDir), disk);
});

Deno.test("uninstall: hooks that call another program, which is there, are for that one to take back", async () => {
  await using box = new TwoHomes();
  await box.run(["install-hook", "--home", box.work]);
  const other = box.executable("other", "#!/bin/sh\nexec true\n");
  await box.run(["install-hook", "--script-path", other]);
  await box.run(["start"]);
  const before = box.hooksOf(box.codexHome);
  const { code, stdout, stderr } = await box.run(["uninstall", "--purge"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^~\/\.codex: its hooks call .*\/other, and stay; so do its daemon and state\.\n/,
  );
  assertEquals([box.hooksOf(box.codexHome), box.hooksOf(box.work)], [before, undefined]);
  assert(box.state !== undefined);
  // Once that one has gone, they call nobody.
  Deno.removeSync(other);
  assertEquals((await box.run(["uninstall", "--purge"])).code, 0);
  assertEquals([box.hooksOf(box.codexHome), box.state], [undefined, undefined]);
});
