import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";

const NOBODY = 65534;

/** How a state directory of ours comes to be one that is not ours alone. */
const FOREIGN: [string, boolean, (path: string) => void, RegExp][] = [
  ["its group may write into", false, (path) => Deno.chmodSync(path, 0o770), /others may write/],
  ["anybody may write into", false, (path) => Deno.chmodSync(path, 0o1777), /others may write/],
  [
    "another user owns",
    Deno.uid() !== 0,
    (path) => Deno.chownSync(path, NOBODY, NOBODY),
    /another user \(uid 65534\)/,
  ],
];
for (const [name, ignore, spoil, why] of FOREIGN) {
  Deno.test({
    name: `state directory: one that ${name} is used by nobody, and said`,
    ignore,
    fn: async () => {
      await using box = new Sandbox();
      box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
      box.writeBlock(600);
      const state = readText(`${box.stateDir}/state.json`);
      spoil(box.stateDir);
      const mode = Deno.statSync(box.stateDir).mode;
      for (
        const command of ["poll", "start", "pause", "resume", "stop", "daemon", "install-hook"]
      ) {
        const { code, stdout, stderr } = await box.run([command]);
        assertEquals([code, stdout], [1, ""], command);
        assertMatch(stderr, /^quota-sentry: .+; sessions go on unguarded .* --state-dir DIR\n$/);
        assertMatch(stderr, why);
      }
      assertMatch(
        (await box.run(["status", "--long"])).stdout,
        /^unknown: .*; agents go on\n\ndaemon not/,
      );
      for (const args of [["start", "--quiet"], ["guard"], ["guard", "--start-daemon"]]) {
        const { code, stdout, stderr } = await box.run(args, { stdin: "{}" });
        assertEquals([code, stdout, stderr], [0, "", ""], args.join(" "));
      }
      assertMatch((await box.run(["guard", "--verbose"])).stdout, /is not ours alone/);
      // Nothing was made, changed or started there.
      assertEquals([...Deno.readDirSync(box.stateDir)].map(({ name }) => name), ["state.json"]);
      assertEquals(readText(`${box.stateDir}/state.json`), state);
      assertEquals(Deno.statSync(box.stateDir).mode, mode);
      assertEquals(box.calls, []);
    },
  });
}

interface Report {
  readonly repairs: string[];
  readonly checks: { name: string; result: string; text: string; todo: string }[];
}

/** What the doctor says of who may look into the state, and has repaired. */
async function privacy(box: Sandbox, ...args: string[]) {
  const { stdout, stderr } = await box.run(["doctor", "--json", ...args]);
  assertEquals(stderr, "");
  const { checks, repairs }: Report = JSON.parse(stdout);
  const { result, todo } = checks.find(({ name }) => name === "privacy")!;
  return { result, todo, repairs };
}

const CLOSED = "the state directory was closed to others";

Deno.test("state directory: doctor --fix closes one of ours, through a link too", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  box.writeBlock(600);
  const real = `${box.root}/real`;
  Deno.renameSync(box.stateDir, real);
  Deno.symlinkSync(real, box.stateDir);
  Deno.chmodSync(real, 0o770);
  const before = await privacy(box);
  assertEquals([before.result, before.repairs], ["fail", []]);
  assertMatch(before.todo, /^run: quota-sentry doctor --fix \(it does chmod 0700\), or/);
  assertEquals(Deno.statSync(real).mode! & 0o777, 0o770, "it only looks");
  const fixed = await privacy(box, "--fix");
  assertEquals([fixed.result, fixed.repairs[0]], ["ok", CLOSED]);
  // It is used from then on, in the same run.
  assert(fixed.repairs.includes("the daemon was started"), fixed.repairs.join());
  assertEquals(Deno.statSync(real).mode! & 0o777, 0o700);
  assert(Deno.lstatSync(box.stateDir).isSymlink);
});

const LEFT: [string, boolean, (box: Sandbox) => void][] = [
  ["that serves others too", false, (box) => {
    Deno.writeTextFileSync(`${box.stateDir}/letters`, "mine");
  }],
  ["in which somebody else has written", Deno.uid() !== 0, (box) => {
    Deno.chownSync(`${box.stateDir}/state.json`, NOBODY, NOBODY);
  }],
  ["of somebody else's", Deno.uid() !== 0, (box) => Deno.chownSync(box.stateDir, NOBODY, NOBODY)],
  ["that is a link to somebody else's", Deno.uid() !== 0, (box) => {
    Deno.renameSync(box.stateDir, `${box.root}/theirs`);
    Deno.chownSync(`${box.root}/theirs`, NOBODY, NOBODY);
    Deno.symlinkSync(`${box.root}/theirs`, box.stateDir);
  }],
];
for (const [name, ignore, spoil] of LEFT) {
  Deno.test({
    name: `state directory: doctor --fix leaves one ${name} as it is, and says how`,
    ignore,
    fn: async () => {
      await using box = new Sandbox();
      box.writeBlock(600);
      Deno.chmodSync(box.stateDir, 0o777);
      spoil(box);
      const { result, todo, repairs } = await privacy(box, "--fix");
      assertEquals([result, repairs], ["fail", []]);
      assertMatch(todo, /^make it yours alone \(chown, or chmod go-w\), or give another/);
      assertEquals(Deno.statSync(box.stateDir).mode! & 0o777, 0o777);
    },
  });
}

Deno.test("state directory: what a link in it leads to is not written", async () => {
  for (
    const name of ["quota-sentry.lock", "quota-sentry.log", "quota-sentry.record.lock", "queue"]
  ) {
    await using box = new Sandbox();
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    Deno.mkdirSync(box.stateDir, { recursive: true, mode: 0o700 });
    const target = `${box.root}/precious`;
    if (name === "queue") Deno.mkdirSync(target);
    else Deno.writeTextFileSync(target, "mine");
    Deno.symlinkSync(target, `${box.stateDir}/${name}`);
    for (const command of ["start", "poll"]) {
      const { code, stderr } = await box.run([command]);
      assertEquals(code, 1, `${command} ${name}`);
      assert(stderr.includes(`${name} in it is a symbolic link`), stderr);
    }
    // A guard that holds says so in the log, where that is one.
    box.writeBlock(1);
    assertEquals((await box.run(["guard", "--state-only", "--no-notify"])).code, 0);
    if (name === "queue") assertEquals([...Deno.readDirSync(target)], []);
    else assertEquals(readText(target), "mine");
  }
});

Deno.test("state directory: the hook script writes through no link", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  assertEquals((await box.run(["install-hook"])).code, 0);
  await box.run(["start"]);
  await until("it is read", () => box.state?.status === "open");
  const precious = `${box.root}/precious`;
  Deno.writeTextFileSync(precious, "mine");
  Deno.symlinkSync(precious, `${box.stateDir}/quota-sentry.now`);
  const folder = `${box.root}/folder`;
  Deno.mkdirSync(folder);
  Deno.removeSync(`${box.stateDir}/turns`, { recursive: true });
  Deno.symlinkSync(folder, `${box.stateDir}/turns`);
  const hook = new Deno.Command(`${box.codexHome}/quota-sentry-hook`, {
    args: ["guard", "--on=model"],
    env: box.env,
    clearEnv: true,
    stdin: "piped",
  }).spawn();
  const writer = hook.stdin.getWriter();
  await writer.write(new TextEncoder().encode('{"session_id":"s","turn_id":"t"}'));
  await writer.close();
  assertEquals((await hook.status).code, 0);
  assertEquals([readText(precious), [...Deno.readDirSync(folder)]], ["mine", []]);
});
