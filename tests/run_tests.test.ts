import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { temporaryDirectory } from "./support/directory.ts";
import { isRunning } from "./support/processes.ts";
import { assertComesTo, finish, readText, until } from "./support/sandbox.ts";

/* What runs the tests says what these have left, and takes it away. */

const RUNNER = fromFileUrl(new URL("../scripts/run_tests.ts", import.meta.url));

/** Leaves a process, a pipe and a file in the directory of the run, and tells the process's pid. */
const LEAVES = `
  const directory = Deno.makeTempDirSync();
  const command = "mkfifo $0/pipe; true >$0/file; tail -f $0/file >/dev/null 2>&1 & echo $! >pid";
  new Deno.Command("sh", { args: ["-c", command, directory] }).outputSync();
`;

/** Runs what runs the tests, on one file of tests in a directory that is empty but for what is in it. */
function start(directory: string, tests: string, args = ["tests/"]): Deno.ChildProcess {
  Deno.mkdirSync(`${directory}/tests`);
  Deno.writeTextFileSync(`${directory}/tests/some.test.ts`, tests);
  Deno.mkdirSync(`${directory}/temporary`);
  const flags = (Deno.env.get("QUOTA_SENTRY_DENO_FLAGS") ?? "").split(" ").filter(Boolean)
    .map((flag) =>
      flag.replace("=scripts/", `=${fromFileUrl(new URL("../scripts/", import.meta.url))}`)
    );
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "--allow-all", RUNNER, ...args],
    cwd: directory,
    // The tests themselves need none of ours.
    env: { TMPDIR: `${directory}/temporary`, QUOTA_SENTRY_DENO_FLAGS: "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("run tests: what is left is said, is a failure, and goes; what is skipped is counted", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  const tests = `Deno.test("leaves", () => {${LEAVES}});\n` +
    `Deno.test({ name: "left out", ignore: true, fn: () => {} });\n`;
  const { code, stdout } = await finish(start(path, tests));
  assertEquals(code, 1, stdout);
  assertMatch(stdout, /^left behind: process \d+: .*tail -f /m);
  assertMatch(stdout, /^left behind: .*\/file$/m);
  assertMatch(stdout, /^left behind: .*\/pipe$/m);
  assertMatch(stdout, /^1 passed, 0 failed, 1 skipped$/m);
  await assertComesTo(() => isRunning(Number(readText(`${path}/pid`))), false);
  assertEquals([...Deno.readDirSync(`${path}/temporary`)], []);
});

Deno.test("run tests: all of them, the examples too, and the ten slowest; where nothing is left, it says nothing", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/lib`);
  const example =
    "/**\n * One.\n *\n * ```ts\n * if (1 > 2) throw 0;\n * ```\n */\nexport const ONE = 1;\n";
  Deno.writeTextFileSync(`${path}/lib/one.ts`, example);
  const tests = Array.from({ length: 11 }, (_, index) => `Deno.test("no. ${index}", () => {});\n`);
  const { code, stdout } = await finish(start(path, tests.join(""), []));
  assertEquals(code, 0, stdout);
  const [, slowest = ""] = stdout.split("\nThe slowest:\n");
  assertEquals(slowest.match(/^ +\d+\.\d s {2}\S/gm)?.length, 10, stdout);
  assertMatch(stdout, /^12 passed, 0 failed$/m);
  assert(!stdout.includes("left behind"), stdout);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`run tests: a run that is ended by ${signal} leaves nothing`, async () => {
    await using directory = temporaryDirectory();
    const { path } = directory;
    const tests = `Deno.test("goes on", async () => {${LEAVES}
      await new Promise((end) => setTimeout(end, 600_000)); });\n`;
    // The examples would come next.
    Deno.mkdirSync(`${path}/lib`);
    const child = start(path, tests, []);
    const ended = finish(child);
    await until("its test has begun", () => /\d/.test(readText(`${path}/pid`) ?? ""));
    child.kill(signal);
    const { code, stdout } = await ended;
    assertEquals([code, stdout.includes("The slowest")], [1, false], stdout);
    await assertComesTo(() => isRunning(Number(readText(`${path}/pid`))), false);
    assertEquals([...Deno.readDirSync(`${path}/temporary`)], []);
  });
}
