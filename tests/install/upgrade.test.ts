import { assert, assertEquals, assertMatch } from "@std/assert";
import { VERSION } from "../../lib/process/version.ts";
import { CodexSandbox, codexTest, hooksOf } from "../codex/session.ts";
import { CODEXBAR, type Ended, finish, readText, until, usage } from "../support/sandbox.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { INSTALLER } from "./fake_release.ts";
import { filesIn } from "./machine.ts";
import { LATER, packTwoVersions } from "./real_release.ts";

/** Files that Codex writes whenever it is asked something. */
const CODEX_WRITES = /^\.codex\/\w+\.sqlite(-shm|-wal)?$/;

/** A home in which Codex has been used, and from which the installer is run. */
class Home extends CodexSandbox {
  readonly program = `${this.home}/.local/bin/quota-sentry`;

  private constructor(readonly release: string) {
    super(9);
  }

  static async begin(release: string): Promise<Home> {
    const box = new Home(release);
    box.codexbar(CODEXBAR.answers, usage({ used: 20 }));
    // Codex has written what it writes at first.
    await hooksOf(box);
    return box;
  }

  /** Runs the installer to its end. */
  async install(...args: string[]): Promise<Ended> {
    return await finish(
      this.startProgram("sh", [INSTALLER, `--from=${this.release}`, ...args]),
    );
  }

  /** Runs what is installed. */
  async installed(...args: string[]): Promise<Ended> {
    return await finish(this.startProgram(this.program, args));
  }

  /** All that is there, but for what Codex keeps to itself. */
  get files(): Record<string, string> {
    const files = Object.entries(filesIn(this.home));
    return Object.fromEntries(files.filter(([path]) => !CODEX_WRITES.test(path)));
  }

  /** The build whose daemon runs. */
  get daemonBuild(): string {
    return (readText(`${this.stateDir}/quota-sentry.lock`) ?? "").split("\n")[0]!;
  }

  /** Calls the hook before a request to the model as Codex does. */
  callHook(): { hasEnded: boolean; readonly ended: Promise<Ended> } {
    const { hooks } = JSON.parse(readText(this.hooksPath)!);
    const command = hooks.PreModelRequest[0].hooks[0].command;
    const child = this.startProgram("sh", ["-c", command]);
    const call = { hasEnded: false, ended: finish(child) };
    call.ended.then(() => call.hasEnded = true);
    return call;
  }

  async waiting(): Promise<number> {
    return JSON.parse((await this.installed("holds", "--json")).stdout).waiting.length;
  }
}

codexTest("install.sh: from nothing to protected, through other versions, and back", async (t) => {
  await using release = temporaryDirectory();
  await packTwoVersions(release.path);

  await t.step("one line to protected, and one back to every file as it was", async () => {
    await using box = await Home.begin(release.path);
    const before = box.files;
    const setUp = await box.install("--setup", `--version=${VERSION}`);
    assertEquals([setUp.code, setUp.stderr], [0, ""], setUp.stdout);
    assertMatch(setUp.stdout, /^You are protected\.$/m);
    assertEquals((await box.installed("doctor")).code, 0);
    const during = Object.keys(box.files).filter((path) => !(path in before));
    for (const path of during) {
      assertMatch(
        path,
        /^(\.cache(\/|$)|\.local(\/|$)|\.codex\/(hooks\.json|quota-sentry-hook)$)/,
      );
    }
    await box.installed("config", "set", "staggerSeconds", "0");
    const back = await box.install("--uninstall", "--purge");
    assertEquals([back.code, back.stderr], [0, ""]);
    assertEquals(box.files, before);
    assertEquals(box.processes(), []);
  });

  await t.step("another version, and back: who is held stays so, and Codex trusts", async () => {
    await using box = await Home.begin(release.path);
    const before = box.files;
    await box.install("--setup", `--version=${VERSION}`);
    await box.installed("config", "set", "resetBufferSeconds", "0");
    box.answer(usage({ used: 97 }));
    await box.installed("poll");
    const held = box.callHook();
    await until("it is held", async () => await box.waiting() === 1);
    const written = () => [readText(box.hooksPath), readText(box.configPath)];
    const hooks = written();
    for (const version of [LATER, VERSION]) {
      const { code, stdout, stderr } = await box.install(`--version=${version}`);
      assertEquals([code, stderr], [0, ""]);
      assert(stdout.includes(` by quota-sentry ${version} in `), stdout);
      assertMatch(stdout, /^The daemon was replaced: pid \d+\.$/m);
      assert(box.daemonBuild.startsWith(`${version}+`), box.daemonBuild);
      assertEquals(written(), hooks);
      assert(!held.hasEnded);
      assertEquals(await box.waiting(), 1);
    }
    assertEquals(
      (await hooksOf(box)).map(({ trustStatus }) => trustStatus),
      Array(5).fill("trusted"),
    );
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    await box.installed("poll");
    const { code, stdout, stderr } = await held.ended;
    assertEquals([code, stdout, stderr], [0, "", ""]);
    assertMatch(readText(`${box.stateDir}/quota-sentry.log`)!, /let go: the quota is open/);

    // Who is held when all goes, goes on.
    box.answer(usage({ used: 98 }));
    await box.installed("poll");
    const last = box.callHook();
    await until("it is held again", async () => await box.waiting() === 1);
    const gone = await box.install("--uninstall");
    assertEquals([gone.code, gone.stderr], [0, ""], gone.stdout);
    assertMatch(gone.stdout, /^1 agent was held; it goes on now, unguarded\.$/m);
    const ended = await last.ended;
    assertEquals([ended.code, ended.stdout, ended.stderr], [0, "", ""]);
    const left = Object.keys(box.files).filter((path) => !(path in before));
    assert(left.every((path) => /^\.(cache|config)($|\/quota-sentry($|\/))/.test(path)), `${left}`);
    assert(left.includes(".config/quota-sentry/config.json"));
    assert(left.includes(".cache/quota-sentry/history/quota-sentry.history.db"));
    // Hooks that call what is gone do no harm.
    assertEquals(box.processes(), []);
  });
});
