import { assert, assertEquals, assertLess } from "@std/assert";
import { runBounded } from "../../lib/process/run_bounded.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/sandbox.ts";

const BOUNDS = { deadlineMs: 20_000, maxBytes: 1024 * 1024 };
const sh = (script: string, bounds = {}) =>
  runBounded("sh", ["-c", script], { ...BOUNDS, ...bounds });

Deno.test("runBounded: stdout and exit code", async () => {
  assertEquals(await sh("echo out; echo err >&2; exit 3"), {
    kind: "exited",
    code: 3,
    signal: null,
    stdout: "out\n",
  });
});

Deno.test("runBounded: death by signal", async () => {
  const run = await sh("kill -SEGV $$");
  assertEquals(run.kind === "exited" && run.signal, "SIGSEGV");
});

Deno.test("runBounded: a program that is missing, not executable, or none", async () => {
  const directory = await Deno.makeTempDir();
  const file = `${directory}/file`;
  await Deno.writeTextFile(file, "\x7fELF nonsense", { mode: 0o644 });
  assertEquals((await runBounded(`${directory}/no`, [], BOUNDS)).kind, "not-started");
  assertEquals((await runBounded(file, [], BOUNDS)).kind, "not-started");
  await Deno.chmod(file, 0o755);
  // The system may hand it to a shell, which then fails.
  const run = await runBounded(file, [], BOUNDS);
  assert(run.kind === "not-started" || (run.kind === "exited" && run.code !== 0));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("runBounded: a deadline, though TERM is ignored, and the grandchild goes too", async () => {
  const directory = await Deno.makeTempDir();
  const run = await sh(`trap '' TERM; sleep 600 & echo $! > ${directory}/pid; wait`, {
    deadlineMs: 300,
  });
  assertEquals(run.kind, "deadline");
  const pid = Number(await Deno.readTextFile(`${directory}/pid`));
  await until("the grandchild is gone", () => !isRunning(pid));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("runBounded: a child that holds the pipe does not keep us, and is not left behind", async () => {
  const before = performance.now();
  const run = await sh("sleep 600 & echo $!; exit 0");
  assert(run.kind === "exited");
  assertLess(performance.now() - before, 300_000);
  await until("the child is gone", () => !isRunning(Number(run.stdout)));
});

Deno.test("runBounded: endless output is cut off", async () => {
  assertEquals((await sh("yes")).kind, "too-much-output");
  assertEquals((await sh("head -c 1048576 /dev/zero")).kind, "exited");
  assertEquals((await sh("head -c 1048577 /dev/zero")).kind, "too-much-output");
});

Deno.test("runBounded: a flood on stderr is drained", async () => {
  const run = await sh("head -c 5000000 /dev/zero >&2; echo fine");
  assertEquals(run.kind === "exited" && run.stdout, "fine\n");
});

Deno.test("runBounded: an abort ends it", async () => {
  const ended = new AbortController();
  const run = sh("sleep 600", { signal: ended.signal });
  ended.abort();
  assertEquals((await run).kind, "aborted");
});
