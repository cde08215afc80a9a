import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { isRunning, processesWith } from "../support/processes.ts";
import {
  BINARY,
  CODEXBAR,
  type Ended,
  finish,
  iso,
  kill,
  readText,
  Sandbox,
  until,
  usage,
} from "../support/sandbox.ts";

/** What Codex writes to a hook. */
const HOOK_INPUT = JSON.stringify({
  session_id: "s",
  hook_event_name: "PreToolUse",
  tool_name: "Bash",
});
const GUARD = ["guard", "--state-only"];

function assertSilent({ code, stdout, stderr }: Ended): void {
  assertEquals([code, stdout, stderr], [0, "", ""]);
}

Deno.test("guard: an open state passes, silently, with all of stdin read", async () => {
  await using box = new Sandbox();
  box.writeState({ status: "open", reason: "test" });
  assertSilent(await box.run(GUARD, { stdin: HOOK_INPUT }));
  // More than a pipe holds: Codex reports a hook that does not take it.
  assertSilent(await box.run(GUARD, { stdin: "x".repeat(3_000_000) }));
});

Deno.test("guard: a block holds until its end, and not much longer", async () => {
  await using box = new Sandbox();
  const end = box.writeBlock(3);
  const ended = await box.run(GUARD, { stdin: HOOK_INPUT });
  assertSilent(ended);
  assertGreater(Date.now(), end.getTime() - 1);
  assertLess(Date.now(), end.getTime() + 30_000);
});

Deno.test("guard: a fresh open state lets go, an unknown or missing one does not", async () => {
  await using box = new Sandbox();
  box.writeBlock(600);
  const notices = `${box.root}/notices`;
  const guard = box.spawn(GUARD, { env: { QUOTA_SENTRY_NOTICE_FILE: notices } });
  let ended = false;
  const done = finish(guard).finally(() => ended = true);
  await until("it holds", () => readText(notices) !== undefined);
  box.writeState({ status: "unknown", reason: "test" });
  await delay(1500);
  await Deno.remove(`${box.stateDir}/state.json`);
  await delay(1500);
  assert(!ended);
  box.writeState({ status: "open", reason: "test" });
  assertSilent(await done);
});

const PASSES: [string, (box: Sandbox) => void][] = [
  ["no state", () => {}],
  ["a stale block and no daemon", (box) => box.writeBlock(600, { updatedAt: iso(-200) })],
  ["a stale open state", (box) => box.writeState({ status: "open", updatedAt: iso(-200) })],
  ["a block that is over", (box) => box.writeBlock(-1)],
  ["a block that cannot be", (box) => box.writeBlock(86_400)],
  ["an unknown quota", (box) => box.writeState({ status: "unknown" })],
  ["a foreign file", (box) => {
    box.writeState({});
    Deno.writeTextFileSync(`${box.stateDir}/state.json`, "status: blocked");
  }],
  ["a state directory that is a file", (box) => {
    Deno.mkdirSync(`${box.home}/.cache`);
    Deno.writeTextFileSync(box.stateDir, "a file");
  }],
];
for (const [name, prepare] of PASSES) {
  Deno.test(`guard --state-only: ${name} passes, and nothing is read`, async () => {
    await using box = new Sandbox();
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    prepare(box);
    assertSilent(await box.run(GUARD, { stdin: HOOK_INPUT }));
    assertEquals(box.calls, []);
  });
}

Deno.test("guard: a stale block holds while the daemon lives", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.hangs);
  await box.run(["start"]);
  const end = box.writeBlock(3, { updatedAt: iso(-200) });
  assertSilent(await box.run(GUARD));
  assertGreater(Date.now(), end.getTime() - 1);
});

Deno.test("guard: with no state it reads the quota itself, and holds on that", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  let last: Ended | undefined;
  let hasEnded = true;
  await until("it is held", () => {
    // On a machine that is busy to its limit, what it reads is for the next call.
    if (hasEnded) {
      hasEnded = false;
      box.run(["guard"], { stdin: HOOK_INPUT }).then((ended) => {
        last = ended;
        hasEnded = true;
      });
    }
    return readText(`${box.stateDir}/quota-sentry.log`)?.includes("held until") === true;
  });
  // At the wall it is read twice.
  assertEquals(box.calls.length, 2);
  await box.run(["pause", "--for=1m"]);
  await until("it goes on", () => hasEnded);
  assertSilent(last!);
});

Deno.test("guard: a prompt does not wait for a codexbar and a codex that hang", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.hangs);
  box.executable("codex", "#!/bin/sh\nexec sleep 600\n");
  const ended = await box.run(["guard"], { stdin: HOOK_INPUT });
  assertSilent(ended);
  assertLess(ended.ms, 25_000);
  // The reading goes on, for the next call.
  assertEquals(processesWith(`--state-dir=${box.stateDir}`).length > 0, true);
  for (const pid of processesWith(`--state-dir=${box.stateDir}`)) kill(pid);
});

Deno.test("guard: an unknown quota passes after one reading", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.crashes);
  assertSilent(await box.run(["guard"], { stdin: HOOK_INPUT }));
  // On a machine that is busy to its limit the reading comes after the prompt has gone on.
  await until("it was read", () => box.state?.status === "unknown");
  assertEquals(box.calls.length, 1);
});

Deno.test("guard: without a daemon a held one reads again, and notices an early reset", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  const done = box.run(["guard", "--interval-seconds=1"]);
  await until("it holds", () => box.state?.status === "blocked");
  box.answer(usage({ used: 1 }));
  assertSilent(await done);
  // What the guard wants of its own readings is not what the user wants of the state.
  assertEquals((box.state?.guard as { maxStateAgeSeconds: number }).maxStateAgeSeconds, 180);
});

for (const [value, holds] of [["1", false], ["true", false], ["0", true], ["", true]] as const) {
  Deno.test(`guard: QUOTA_SENTRY_DISABLE=${value} ${holds ? "holds" : "passes"}`, async () => {
    await using box = new Sandbox();
    const end = box.writeBlock(holds ? 3 : 60);
    const ended = await box.run(GUARD, { stdin: HOOK_INPUT, env: { QUOTA_SENTRY_DISABLE: value } });
    assertSilent(ended);
    assertEquals(Date.now() >= end.getTime(), holds);
  });
}

Deno.test("guard: with wrong options it guards as without them, silently, with stdin read", async () => {
  await using box = new Sandbox();
  const end = box.writeBlock(2);
  const wrong = [["--nonsense"], ["--interval-seconds=soon"], ["--state-dir"], ["word"]];
  await Promise.all(wrong.map(async (args) => {
    assertSilent(await box.run([...GUARD, ...args], { stdin: "x".repeat(200_000) }));
    assertEquals(Date.now() >= end.getTime(), true, args.join());
  }));
});

Deno.test("guard --start-daemon: starts it, whatever else it was given that cannot be used", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const args = ["--threshold-percent=0x10", "--interval-seconds", "Infinity", "--source=nosuch"];
  assertSilent(await box.run(["guard", ...args, "--start-daemon"], { stdin: HOOK_INPUT }));
  await until("the daemon has read the quota", () => box.state !== undefined);
  assertEquals(box.state?.status, "open");
});

const runsIn = (box: Sandbox) => readText(`${box.stateDir}/quota-sentry.pid`) !== undefined;

Deno.test("guard --start-daemon: starts it, and the agent does not wait for that", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  assertSilent(await box.run(["guard", "--start-daemon"], { stdin: HOOK_INPUT }));
  await until("the daemon runs", () => runsIn(box));
  assertMatch((await box.run(["status", "--long"])).stdout, /daemon pid/);
});

Deno.test("guard --start-daemon: also when there is nothing else to do", async () => {
  await using box = new Sandbox();
  box.writeState({ status: "open", reason: "test" });
  assertSilent(await box.run(["guard", "--start-daemon"], { stdin: HOOK_INPUT }));
  await until("the daemon runs", () => runsIn(box));
  assertMatch((await box.run(["status", "--long"])).stdout, /daemon pid/);
});

Deno.test("guard: one notice a hold, in the file that the user names", async () => {
  await using box = new Sandbox();
  const notices = `${box.root}/notices of mine.txt`;
  const env = { QUOTA_SENTRY_NOTICE_FILE: notices };
  const end = box.writeBlock(600);
  const held = box.run(GUARD, { env });
  await until("it is told", () => readText(notices)?.endsWith("\n") === true);
  box.writeState({ status: "open" });
  assertSilent(await held);
  const time = end.toISOString().replace(".000Z", "Z");
  const line = `Quota Sentry: waiting for the quota to reset, until ${time}.\n`;
  assertEquals(readText(notices), line);
  box.writeBlock(1);
  assertSilent(await box.run([...GUARD, "--no-notify"], { env }));
  box.writeState({ status: "open" });
  assertSilent(await box.run(GUARD, { env }));
  assertEquals(readText(notices), line);
});

Deno.test("guard --verbose: one line on stdout for people", async () => {
  await using box = new Sandbox();
  box.writeState({ status: "open", reason: "plenty left" });
  const { code, stdout } = await box.run([...GUARD, "--verbose"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^\S+Z guard: let go: plenty left\n$/);
});

Deno.test("guard: ends when its parent has died", async () => {
  await using box = new Sandbox();
  box.writeBlock(600);
  const notices = `${box.root}/notices`;
  const parent = new Deno.Command("sh", {
    // The second command keeps the shell from becoming the guard.
    args: ["-c", `'${BINARY}' guard --state-only --state-dir='${box.stateDir}'; true`],
    env: { ...box.env, QUOTA_SENTRY_NOTICE_FILE: notices },
    clearEnv: true,
    stdin: "null",
  }).spawn();
  await until("the guard holds", () => readText(notices) !== undefined);
  const [pid] = processesWith(`guard --state-only --state-dir=${box.stateDir}`);
  assert(pid !== undefined && pid !== parent.pid);
  parent.kill("SIGKILL");
  await parent.status;
  await until("the guard is gone", () => !isRunning(pid));
});

Deno.test("guard: a tool waits unless the model's requests of its turn are guarded, or it is asked to", async () => {
  const cases: [string, Record<string, unknown>, boolean][] = [
    ["turn-1", {}, false],
    ["turn-2", {}, true],
    ["turn-1", { holdTools: true }, true],
  ];
  for (const [turn, guard, isHeld] of cases) {
    await using box = new Sandbox();
    const end = box.writeBlock(isHeld ? 3 : 60, { guard });
    Deno.mkdirSync(`${box.stateDir}/turns`);
    Deno.writeTextFileSync(`${box.stateDir}/turns/turn-1`, "");
    const stdin = JSON.stringify({ session_id: "s", turn_id: turn, tool_name: "Bash" });
    assertSilent(await box.run(["guard", "--on=tool"], { stdin }));
    assertEquals(Date.now() >= end.getTime(), isHeld, turn);
  }
});

Deno.test("guard: 50 at once are all held, and all let go", async () => {
  await using box = new Sandbox();
  const end = box.writeBlock(6);
  const all = await Promise.all(
    Array.from({ length: 50 }, () => box.run(GUARD, { stdin: HOOK_INPUT })),
  );
  for (const ended of all) assertSilent(ended);
  assertGreater(Date.now(), end.getTime() - 1);
  assertLess(Date.now(), end.getTime() + 60_000);
});

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
