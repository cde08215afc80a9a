import { assertEquals, assertMatch } from "@std/assert";
import { tryLock } from "../../lib/files/lock.ts";
import { delay } from "../../lib/process/delay.ts";
import { type DeadOptions, deadSession } from "../support/dead_session.ts";
import {
  fakeCodexQueue,
  type FakeQueueOptions,
  openInTerminal,
  sentTo,
} from "../support/fake_terminal.ts";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";
import { SCRIPT } from "../support/tools.ts";

/** A home with a session that died, in a terminal that is open, and a quota that is back. */
async function withDead(
  test: (box: Sandbox, session: ReturnType<typeof deadSession>) => Promise<void>,
  options: DeadOptions = {},
  queue: FakeQueueOptions = {},
): Promise<void> {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 3, resetInSeconds: 17_000 }));
  fakeCodexQueue(box, queue);
  const session = deadSession(box, options);
  if (SCRIPT) await openInTerminal(box, [session]);
  await test(box, session);
}

Deno.test("revive: of an agent that waits at the wall by itself it says so", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.home}/.claude`);
  const { code, stderr } = await box.run(["revive", "--provider=claude"]);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /no session of Claude Code is brought back: in a terminal Claude Code itself/,
  );
});

Deno.test("revive: without a session it tells which there are, and does nothing", () =>
  withDead(async (box, session) => {
    const run = deadSession(box, { number: 2, place: "run", diedIn: -90, cwd: box.root });
    const { code, stdout } = await box.run(["revive"]);
    assertEquals(code, 0);
    const lines = stdout.split("\n");
    assertMatch(
      lines[0]!,
      /^01a20000-0000-7000-8000-000000000001 +in a terminal, .*, stopped at (\S+ )?\d\d:\d\d$/,
    );
    assertMatch(stdout, /quota-sentry revive 01a20000-0000-7000-8000-000000000001/);
    assertMatch(stdout, / a run, /);
    assertMatch(
      stdout,
      /cd \S+ && codex exec -s danger-full-access -m mock .* resume \S+2 'Please go on where/,
    );
    assertEquals([sentTo(box, session), sentTo(box, run)], [[], []]);
    const { stdout: json } = await box.run(["revive", "--list", "--json"]);
    assertEquals(JSON.parse(json).stopped.map((each: { place: string }) => each.place), [
      "terminal",
      "run",
    ]);
    const status = await box.run(["status", "--long"]);
    assertMatch(
      status.stdout,
      /\n2 sessions stopped at the wall, the last one at .*: quota-sentry revive\n/,
    );
    box.configure({ revive: "off" });
    assertEquals(
      (await box.run(["status", "--long"])).stdout.includes("stopped at the wall"),
      false,
    );
  }));

Deno.test({
  name: "revive: one message to a session in a terminal, with what the user wants it told",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(async (box, session) => {
      const { code, stdout, stderr } = await box.run([
        "revive",
        session.id,
        "--message=Weiter 'so'",
      ]);
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /: it goes on, where it stands\n$/);
      assertEquals(sentTo(box, session), ["--message=Weiter 'so'"]);
      const again = await box.run(["revive", session.id]);
      assertEquals(again.code, 1);
      assertMatch(again.stderr, /no session .* stopped at the wall, or somebody went on with it/);
      assertEquals(sentTo(box, session).length, 1);
    }),
});

Deno.test("revive: before its quota is back nothing is sent, and it exits 75", () =>
  withDead(async (box, session) => {
    box.answer(usage({ used: 100, resetInSeconds: 900 }));
    const run = deadSession(box, { number: 2, place: "run", resetsIn: 900 });
    // Less is used of the window that it died of: who says so has not heard of it.
    for (const used of [100, 3]) {
      box.answer(usage({ used, resetInSeconds: 900 }));
      for (const words of [[session.id], [run.id, "--run"]]) {
        const { code, stdout } = await box.run(["revive", ...words]);
        assertEquals(code, 75);
        assertMatch(stdout, /not yet, nothing was done: its quota resets at/);
      }
    }
    box.codexbar("exit 3");
    assertEquals((await box.run(["revive", session.id])).code, 75);
    assertEquals(sentTo(box, session), []);
  }, { resetsIn: 900 }));

Deno.test({
  name: "revive: the user is faster: the message is taken back",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(
      async (box, session) => {
        const { code, stdout } = await box.run(["revive", session.id]);
        assertEquals(code, 1);
        assertMatch(stdout, /nothing was done: somebody went on with it .* taken back\n$/);
        assertEquals(readText(`${box.root}/messages/waits.${session.id}`), undefined);
      },
      {},
      { trigger: "user" },
    ),
});

Deno.test({
  name: "revive: a Codex that does not say what began a turn has gone on by the message",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(
      async (box, session) => {
        const { code, stdout } = await box.run(["revive", session.id]);
        assertEquals(code, 0, stdout);
        assertMatch(stdout, /: it goes on, where it stands\n$/);
      },
      {},
      { trigger: "old" },
    ),
});

/** Revives a session while another one is being brought back. */
async function reviveBehind(
  box: Sandbox,
  { id }: { readonly id: string },
  meanwhile = async () => {},
) {
  await box.run(["poll"]);
  const lock = tryLock(`${box.stateDir}/quota-sentry.revive.lock`)!;
  const revived = box.run(["revive", id]);
  // One that does not wait has ended by then.
  await Promise.race([revived, delay(3_000)]);
  await meanwhile();
  lock[Symbol.dispose]();
  return await revived;
}

Deno.test({
  name: "revive: it waits while another one is brought back",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(async (box, session) => {
      assertEquals((await reviveBehind(box, session)).code, 0);
      assertEquals(sentTo(box, session).length, 1);
    }),
});

Deno.test({
  name: "revive: where the quota is spent while it waits for another one, nothing is sent",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(async (box, session) => {
      const { code, stdout } = await reviveBehind(box, session, async () => {
        box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 17_000 }));
        await box.run(["poll"]);
      });
      assertEquals(code, 75);
      assertMatch(stdout, /: not yet, nothing was done: /);
      assertEquals(sentTo(box, session), []);
    }),
});

Deno.test("revive: no terminal, another one's name, and words that are none", () =>
  withDead(async (box, session) => {
    const closed = deadSession(box, { number: 2 });
    const app = deadSession(box, { number: 3, place: "app" });
    const { code, stdout } = await box.run(["revive", closed.id]);
    assertEquals(code, 1);
    assertMatch(stdout, /nothing was done: it is not open in any terminal; cd .* && codex resume/);
    assertMatch((await box.run(["revive", app.id])).stdout, /go on with it in the app/);
    const cases: [string[], RegExp, number][] = [
      [["01a2"], /more than one session is meant by 01a2/, 1],
      [["zzzz"], /no session zzzz stopped at the wall/, 1],
      [["--all", "01a2"], /leave out those you named/, 1],
      [["--all", "--run"], /--run goes on with one run/, 1],
      [[session.id, "--run"], /--run goes on with one run/, 1],
      [[session.id, "--message=/quit"], /--message takes a line of at most/, 64],
    ];
    for (const [args, said, expected] of cases) {
      const { code, stderr } = await box.run(["revive", ...args]);
      assertEquals(code, expected, args.join(" "));
      assertMatch(stderr, said);
    }
    assertEquals([sentTo(box, session), sentTo(box, closed), sentTo(box, app)], [[], [], []]);
  }));

Deno.test("revive: a directory's name that moves a cursor is not shown", async () => {
  await using box = new Sandbox();
  const cwd = `${box.home}/a\x1b[2Jb`;
  Deno.mkdirSync(cwd);
  deadSession(box, { place: "run", cwd });
  const { stdout } = await box.run(["revive"]);
  assertMatch(stdout, /whose name cannot be shown: codex exec /);
  assertEquals(stdout.includes("\x1b"), false);
});

Deno.test({
  name: "revive: --all leaves what only a person is to decide, and nothing comes early for a doubt",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(async (box, copy) => {
      const all = await box.run(["revive", "--all"]);
      assertEquals(all.code, 1);
      assertMatch(all.stdout, /nothing was done: it is a copy of another session; cd /);
      const early = deadSession(box, { number: 2, resetsIn: 900, meta: { forked_from_id: "x" } });
      box.answer(usage({ used: 3, resetInSeconds: 900 }));
      await box.run(["poll"]);
      assertEquals((await box.run(["revive", early.id])).code, 75);
      assertEquals([sentTo(box, copy), sentTo(box, early)], [[], []]);
    }, { meta: { forked_from_id: "x" } }),
});

Deno.test("revive: what is of another home goes on in that", () =>
  withDead(async (box) => {
    const home = `${box.root}/other`;
    const run = deadSession(box, { number: 2, place: "run", cwd: box.root, home });
    box.executable("codex", '#!/bin/sh\necho "home $CODEX_HOME"\n');
    const { stdout } = await box.run(["revive", "--home", home]);
    assertMatch(stdout, new RegExp(`cd ${box.root} && CODEX_HOME=${home} codex exec `));
    const ran = await box.run(["revive", "--home", home, run.id, "--run"]);
    assertEquals(ran.stdout, `home ${home}\n`);
  }));

Deno.test("revive: --run goes on with a run in its directory, once", () =>
  withDead(async (box) => {
    const run = deadSession(box, { number: 2, place: "run", cwd: box.root });
    box.executable("codex", `#!/bin/sh\npwd; printf '[%s]' "$@"; exit 3\n`);
    const { code, stdout } = await box.run(["revive", run.id, "--run"]);
    assertEquals(code, 3);
    assertEquals(
      stdout,
      `${box.root}\n[exec][-s][danger-full-access][-m][mock][-c][approval_policy="never"]` +
        `[--skip-git-repo-check][resume][${run.id}][Please go on where you stopped.]`,
    );
    assertMatch((await box.run(["revive", run.id, "--run"])).stdout, /somebody is about to go on/);
  }));

Deno.test({
  name: "revive = auto: the daemon brings back what is in a terminal, and tells of the rest",
  ignore: SCRIPT === undefined,
  fn: () =>
    withDead(async (box, session) => {
      const run = deadSession(box, { number: 2, place: "run" });
      box.configure({ revive: "auto", resetBufferSeconds: 1 });
      await box.run(["start"]);
      const log = () => readText(`${box.stateDir}/quota-sentry.log`) ?? "";
      await until("it is brought back", () => log().includes("brought back ("));
      assertEquals([sentTo(box, session).length, sentTo(box, run).length], [1, 0]);
      assertMatch(log(), /not brought back: a run is brought back by hand/);
      assertEquals(
        Deno.statSync(`${box.stateDir}/quota-sentry.revivals.json`).mode! & 0o777,
        0o600,
      );
    }),
});
