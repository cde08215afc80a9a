import { existsSync } from "@std/fs/exists";
import { assert, assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { append, readingLine } from "../harness/codex/sessions/rollouts.ts";
import { isRunning } from "../support/processes.ts";
import { CODEXBAR, iso, readText, Sandbox, until, usage } from "../support/sandbox.ts";

Deno.test("poll: an open quota, in one line and in a private state", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const { code, stdout, stderr } = await box.run(["poll"]);
  assertEquals([code, stdout, stderr], [0, "open: 28% of the 5-hour window is used\n", ""]);
  assertEquals(
    box.calls[0]?.replace(/^\d+ /, ""),
    "usage --provider codex --source cli --format json",
  );
  assertEquals(box.state?.status, "open");
  assertEquals(box.state?.failOpen, false);
  assertEquals(Deno.statSync(box.stateDir).mode! & 0o777, 0o700);
  assertEquals(Deno.statSync(`${box.stateDir}/state.json`).mode! & 0o777, 0o600);
  const names = [...Deno.readDirSync(box.stateDir)].map(({ name }) => name);
  assertEquals(names.sort(), ["quota-sentry.gate", "state.json"]);
});

Deno.test("poll: a spent quota, with every key of the state", async () => {
  await using box = new Sandbox();
  const answer = usage({ used: 97, resetInSeconds: 600 });
  box.codexbar(CODEXBAR.answers, answer);
  const { code, stdout } = await box.run(["poll"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^blocked: 97% of the 5-hour window is used; the threshold is 95%; agents wait/,
  );
  const state = box.state!;
  const resetsAt = new Date(state.resetsAt as string).getTime();
  assertEquals(new Date(state.blockedUntil as string).getTime() - resetsAt, 60_000);
  assertMatch(state.updatedAt as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assertObjectMatch({ ...state, resetsAt: 0, blockedUntil: 0, updatedAt: 0, windows: 0 }, {
    schemaVersion: 1,
    status: "blocked",
    reason: "97% of the 5-hour window is used; the threshold is 95%",
    usedPercent: 97,
    windowMinutes: 300,
    resetsAt: 0,
    blockedUntil: 0,
    failOpen: false,
    updatedAt: 0,
    source: "codexbar",
    windows: 0,
  });
  assertEquals((state.windows as { windowMinutes: number }[]).map((w) => w.windowMinutes), [
    300,
    10080,
  ]);
});

Deno.test("poll: threshold, buffer and state directory are the user's", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 50, resetInSeconds: 600 }));
  const directory = `${box.root}/state of mine`;
  const args = [
    "--state-dir",
    "../state of mine",
    "--threshold-percent=50",
    "--reset-buffer-seconds=0",
  ];
  const { stdout } = await box.run(["poll", ...args]);
  assertMatch(stdout, /^blocked: 50%/);
  const state = JSON.parse(Deno.readTextFileSync(`${directory}/state.json`));
  assertEquals(state.blockedUntil, state.resetsAt);
  assertEquals(box.state, undefined);
});

const UNKNOWN: [string, string, RegExp][] = [
  ["crashes", CODEXBAR.crashes, /ended by SIGSEGV/],
  ["dies half-way", CODEXBAR.diesHalfWay, /ended by SIGKILL/],
  ["prints garbage", CODEXBAR.printsGarbage, /not its JSON/],
  ["floods stdout", CODEXBAR.floodsStdout, /more than 1 MiB/],
  ["prints nothing", "exit 1", /printed nothing and ended with code 1/],
];
for (const [name, behaviour, reason] of UNKNOWN) {
  Deno.test(`poll: a codexbar that ${name} is unknown, and nobody is blocked`, async () => {
    await using box = new Sandbox();
    box.codexbar(behaviour, usage({ used: 97 }));
    const { code, stdout, stderr } = await box.run(["poll"]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, reason);
    assertMatch(stdout, /^unknown: .*; agents go on\n$/);
    assertEquals(box.state?.status, "unknown");
    assertEquals(box.state?.failOpen, true);
  });
}

Deno.test("poll: no codexbar at all", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["poll"]);
  assertEquals([code, box.state?.status], [0, "unknown"]);
  assertMatch(
    stdout,
    /^unknown: codexbar was not found on PATH; codex was not found.*; agents go on\n$/,
  );
  const { stdout: only } = await box.run(["poll", "--source=codexbar"]);
  assertEquals(only, "unknown: codexbar was not found on PATH; agents go on\n");
});

Deno.test("poll: a codexbar that floods stderr, or leaves a child behind, is read, and the child ends", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.floodsStderr, usage({ used: 28 }));
  assertMatch((await box.run(["poll"])).stdout, /^open/);
  box.codexbar(CODEXBAR.leavesChildOnPipe);
  assertMatch((await box.run(["poll"])).stdout, /^open/);
  const left = Number(Deno.readTextFileSync(`${box.bin}/left`));
  await until("the child that codexbar left is gone", () => !isRunning(left));
});

Deno.test("poll: linker variables in the environment do not matter", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const env = { LD_LIBRARY_PATH: "/nowhere", LD_PRELOAD: "" };
  assertMatch((await box.run(["poll"], { env })).stdout, /^open/);
});

Deno.test("poll: a state that cannot be written is said, with what it means", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  Deno.mkdirSync(`${box.stateDir}/state.json`, { recursive: true });
  const { code, stderr } = await box.run(["poll"]);
  assertEquals(code, 1);
  assertMatch(stderr, /the state could not be written in .*; sessions go on unguarded/);
  await Deno.remove(box.stateDir, { recursive: true });
  Deno.writeTextFileSync(box.stateDir, "a file");
  const second = await box.run(["poll"]);
  assertEquals(second.code, 1);
  assertMatch(second.stderr, /^quota-sentry: /);
  assertEquals(Deno.readTextFileSync(box.stateDir), "a file");
});

Deno.test("poll: a directory that serves others too keeps its mode", async () => {
  await using box = new Sandbox();
  const directory = `${box.root}/shared`;
  Deno.mkdirSync(directory, { mode: 0o755 });
  Deno.writeTextFileSync(`${directory}/somebody.txt`, "");
  await box.run(["poll", "--state-dir", directory]);
  assertEquals(Deno.statSync(directory).mode! & 0o777, 0o755);
  await Deno.remove(`${directory}/somebody.txt`);
  await box.run(["poll", "--state-dir", directory]);
  assertEquals(Deno.statSync(directory).mode! & 0o777, 0o700);
});

Deno.test("poll: an older reading never replaces a later one", async () => {
  await using box = new Sandbox();
  const wait = 'until [ -e "$here/go" ]; do sleep 0.05; done';
  box.codexbar(`${wait}; ${CODEXBAR.answers}`, usage({ used: 28 }));
  const slow = box.run(["poll"]);
  await until("codexbar was called", () => box.calls.length === 1);
  // Somebody without the lock, such as an older version.
  const updatedAt = iso(1);
  box.writeState({ status: "open", reason: "later", updatedAt });
  // What is yet to come is believed by nobody.
  await until("it is later", () => Date.now() > Date.parse(updatedAt));
  Deno.writeTextFileSync(`${box.bin}/go`, "");
  await slow;
  assertEquals(box.state?.reason, "later");
});

Deno.test("poll --unless-fresher-than: many at once read once", async () => {
  await using box = new Sandbox();
  box.codexbar(`sleep 0.3; ${CODEXBAR.answers}`, usage({ used: 28 }));
  const all = await Promise.all(
    Array.from({ length: 8 }, () => box.run(["poll", "--unless-fresher-than=180"])),
  );
  assert(all.every(({ code }) => code === 0));
  assertEquals(box.calls.length, 1);
});

Deno.test("poll --provider: another provider, with a state of its own", async () => {
  await using box = new Sandbox();
  const answer = usage({ used: 97 }) as { provider: string }[];
  answer[0]!.provider = "claude";
  box.codexbar(CODEXBAR.answers, answer);
  assertMatch((await box.run(["poll", "--provider", "claude"])).stdout, /^blocked: 97%/);
  assertEquals(box.calls[0]?.replace(/^\d+ /, ""), "usage --provider claude --format json");
  assertEquals(box.state, undefined);
  assertMatch(
    (await box.run(["status", "--long", "--provider=claude"])).stdout,
    /^provider: claude, home: ~\/\.claude\nblocked/,
  );
  assertMatch((await box.run(["poll"])).stdout, /^unknown: .*nothing about codex/);
});

Deno.test("nothing is made for a source or a provider that there is not", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  for (const command of ["poll", "start"]) {
    const source = await box.run([command, "--source=nosuch"]);
    assertEquals([source.code, source.stdout], [64, ""]);
    assertMatch(source.stderr, /^quota-sentry: there is no source "nosuch"; there are auto, /);
    const provider = await box.run([command, "--provider=nosuch"]);
    assertEquals([provider.code, provider.stdout], [1, ""]);
    assertMatch(provider.stderr, /^quota-sentry: nothing was made for the provider "nosuch": /);
  }
  assertEquals((await box.run(["pause", "--provider=nosuch"])).code, 1);
  for (const args of [["start", "--quiet"], ["guard"]]) {
    const { code, stdout, stderr } = await box.run([...args, "--provider=nosuch"], { stdin: "{}" });
    assertEquals([code, stdout, stderr], [0, "", ""]);
  }
  assertEquals(existsSync(`${box.home}/.cache`), false);
});

Deno.test("poll --exit-code: tells what stands; without it every answer is 0", async () => {
  await using box = new Sandbox();
  const codes = async () => [
    (await box.run(["poll"])).code,
    (await box.run(["poll", "--exit-code"])).code,
  ];
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  assertEquals(await codes(), [0, 0]);
  box.codexbar(CODEXBAR.crashes);
  assertEquals(await codes(), [0, 11]);
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  assertEquals(await codes(), [0, 10]);
  // Of a state that somebody has just read as well.
  const fresh = await box.run(["poll", "--exit-code", "--unless-fresher-than=180"]);
  assertEquals(fresh.code, 10);
  assertMatch(
    fresh.stdout,
    /^blocked: .*; agents wait until [^;]*\d\d:\d\d[^;]* \(in [^)]+\) \(read before\)\n$/,
  );
});

Deno.test("poll: a source that failed just now does not hide what a session wrote before that", async () => {
  const at = new Date(Date.now() - 70_000);
  const earlier = {
    source: "codexbar",
    windows: [{
      id: "primary",
      usedPercent: 94,
      windowMinutes: 300,
      resetsAt: resetOf(at),
      extra: false,
    }],
    atMs: at.getTime() - 30_000,
  };
  for (const known of [null, earlier]) {
    await using box = new Sandbox();
    box.writeState({
      status: "unknown",
      reason: "r",
      source: "codexbar",
      updatedAt: iso(0),
      known,
    });
    append(`${box.codexHome}/sessions/2026/09/01/rollout-a.jsonl`, readingLine({ used: 97, at }));
    const { stdout } = await box.run(["poll", "--source=sessions"]);
    // What is printed is what stands, and what stands holds.
    assertMatch(
      stdout,
      /^blocked: 97% of the 5-hour window .*; agents wait until [^;]*\d\d:\d\d[^;]* \(in [^)]+\)\n$/,
    );
    assertEquals(box.state?.status, "blocked");
  }
});

/** The reset of the line that a session writes at an instant. */
const resetOf = (at: Date) =>
  new Date((Math.floor(at.getTime() / 1000) + 3600) * 1000).toISOString().replace(".000", "");

Deno.test("poll: what is not believed is not said", async () => {
  await using box = new Sandbox();
  const file = `${box.codexHome}/sessions/2026/09/01/rollout-a.jsonl`;
  append(file, readingLine({ used: 97 }));
  const poll = async () => (await box.run(["poll", "--source=sessions"])).stdout;
  assertMatch(await poll(), /^blocked: 97% /);
  // Another account's line, by its reset: nobody is let go on it.
  const resets_at = Math.floor(Date.now() / 1000) + 9000;
  const primary = { used_percent: 5, window_minutes: 300, resets_at };
  append(file, readingLine({ at: new Date(Date.now() + 1), limits: { primary } }));
  assertMatch(
    await poll(),
    /^blocked: 97% .*; agents wait until [^;]*\d\d:\d\d[^;]* \(in [^)]+\) \(read before\)\n$/,
  );
  assertEquals(box.state?.status, "blocked");
});

Deno.test("poll: another account's line holds nobody once a live source has spoken and fails", async () => {
  await using box = new Sandbox();
  append(`${box.codexHome}/sessions/2026/09/01/rollout-a.jsonl`, readingLine({ used: 100 }));
  box.codexbar(CODEXBAR.answers, usage({ used: 5, resetInSeconds: 9000 }));
  assertMatch((await box.run(["poll"])).stdout, /^open: 5% /);
  box.codexbar(CODEXBAR.crashes);
  const { stdout } = await box.run(["poll"]);
  assertMatch(stdout, /^open: 5% .* \(read before\)\n$/);
  assertEquals([box.state?.status, box.state?.source], ["open", "codexbar"]);
});

Deno.test("poll: what a process that was killed as it wrote the state has left goes with the next one", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  box.makeStateDirectory();
  const [old, young] = [1, 2].map((n) => {
    const path = `${box.stateDir}/.state.json.${n}-${crypto.randomUUID()}.tmp`;
    Deno.writeTextFileSync(path, "{");
    return path;
  });
  const before = new Date(Date.now() - 120_000);
  Deno.utimeSync(old!, before, before);
  assertEquals((await box.run(["poll"])).code, 0);
  assertEquals([readText(old!), readText(young!)], [undefined, "{"]);
});
