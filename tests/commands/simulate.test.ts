import { assert, assertEquals, assertMatch } from "@std/assert";
import { processesWith } from "../support/processes.ts";
import { assertComesTo, finish, readText, Sandbox, until } from "../support/sandbox.ts";
import { SOAK } from "../support/soak.ts";

/** What stands in the sandbox's directory for temporary files, and still runs there. */
function leftIn(box: Sandbox): typeof NOTHING {
  const names = [...Deno.readDirSync(box.root)].map(({ name }) => name).sort();
  return { names, pids: processesWith(box.root) };
}

const NOTHING = { names: ["bin", "home"], pids: [] as number[] };

/** Fails where something is left; what was told to end may take a moment for it. */
async function assertNothingLeft(box: Sandbox): Promise<void> {
  assertEquals(leftIn(box).names, NOTHING.names);
  await assertComesTo(() => leftIn(box), NOTHING);
}

Deno.test("simulate: a hold and a release, nothing left behind, and a slow call is no hold", async () => {
  await using box = new Sandbox();
  const ended = finish(box.spawn(["simulate"]));
  // As slow as the first call after a build may be: readings come once a second.
  let slow: number | undefined;
  await until("a call is stopped", () => {
    slow = readAt(box) && processesWith("guard --state-only").find(isIn(box));
    return slow !== undefined && signalled(slow, "SIGSTOP");
  });
  const first = readAt(box)!;
  await until("two readings later", () => (readAt(box) ?? 0) >= first + 1_500);
  signalled(slow!, "SIGCONT");
  const { code, stdout, stderr } = await ended;
  assertEquals([code, stderr], [0, ""], stdout);
  assertEquals(stdout.match(/tool call \d+ is held/g)?.length, 1);
  assertMatch(stdout, /Held once, for \d\.\d s; it went on \d+ ms after the reset\./);
  assertMatch(stdout, /The guard printed nothing\./);
  await assertNothingLeft(box);
});

Deno.test("simulate: what the user has set for real sessions changes nothing", async () => {
  await using box = new Sandbox();
  box.configure({ "windows.fiveHour.mode": "off" });
  const env = { QUOTA_SENTRY_DISABLE: "1", QUOTA_SENTRY_THRESHOLD_PERCENT: "20" };
  const { code, stdout } = await box.run(["simulate", "--speed=2400"], { env });
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /blocked \(ends in /);
});

Deno.test("simulate burst: four are held before the wall, none dies, all go on", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await box.run(["simulate", "burst"]);
  assertEquals([code, stderr], [0, ""], stdout);
  assertMatch(stdout, /95\.0% +4 +0 +the threshold of 95% is met/);
  const [, percent, past] =
    /All 4 held at (\d+\.\d)%: (\d+) requests after the crossing/.exec(stdout) ?? [];
  // One request each at the most, and the one that met the threshold.
  assert(Number(percent) >= 95 && Number(percent) <= 97, stdout);
  assertEquals(Number(percent), 95 + Number(past) / 2);
  assertMatch(stdout, /Nobody died; all went on \d+ ms after the reset\./);
  await assertNothingLeft(box);
});

/** What the trace of each scenario shows; on a busy machine a reading may come before or after a call. */
const TRACES: [string, RegExp[]][] = [
  ["early-reset", [/blocked \(ends in /, /is held/, /open: 1%/, /goes on: .* before the\s+reset/]],
  ["source-down", [
    /unknown: .*down/,
    /is held/,
    /\(the\s+latest\s+reading:[^)]*down\s+again/,
    /goes on/,
  ]],
  ["weekly", [/advice: 93% of\s+the weekly/, /is set to hold/, /93% of the weekly/, /is held/]],
  ["flicker", [/is held/, /no\s+5-hour\s+window|source\s+is\s+down/, /open: 1%/, /goes on/]],
  ["clock-jump", [/a week ahead/, /three hours behind/, /is held/, /goes on/]],
  ["asleep", [/is held/, /fall asleep/, /wake up/, /open: 1%/, /goes on/]],
];

// Three at once: more would have to wait for a processor.
for (let first = 0; first < TRACES.length; first += 3) {
  const three = TRACES.slice(first, first + 3);
  Deno.test(`simulate ${three.map(([name]) => name).join(", ")}: as it should be, with its trace`, async () => {
    await using box = new Sandbox();
    await Promise.all(three.map(async ([name, marks]) => {
      const { code, stdout, stderr } = await box.run(["simulate", name]);
      assertEquals([code, stderr], [0, ""], stdout);
      const trace = stdout.slice(stdout.indexOf("   time"));
      for (const mark of marks) assert(mark.test(trace), `${name}: no ${mark} in\n${stdout}`);
      assertMatch(trace, /Held once, for \d+\.\d s;/);
      for (const line of stdout.split("\n")) assert(line.length <= 80, line);
    }));
    await assertNothingLeft(box);
  });
}

Deno.test("simulate: slower than usual, a new window is as long as it is, and so is believed", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["simulate", "--speed=1200"]);
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /open: 1% of the 5-hour window/);
});

Deno.test({
  name: "simulate fifty: all are held before the wall, none dies, all go on",
  ignore: !SOAK,
  fn: async () => {
    await using box = new Sandbox();
    const { code, stdout, stderr } = await box.run(["simulate", "fifty", "--speed=900"]);
    assertEquals([code, stderr], [0, ""], stdout);
    assertMatch(stdout, /All 50 held at \d+\.\d%/);
    await assertNothingLeft(box);
  },
});

Deno.test("simulate --list: every scenario, and what it shows", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["simulate", "--list"]);
  assertEquals(code, 0);
  const names = stdout.split("\n").filter(Boolean).map((line) => line.split(" ")[0]);
  assertEquals(names, [
    "wall",
    "early-reset",
    "source-down",
    "weekly",
    "flicker",
    "burst",
    "clock-jump",
    "asleep",
    "fifty",
  ]);
  await assertNothingLeft(box);
});

Deno.test("simulate: other words are refused", async () => {
  await using box = new Sandbox();
  const refused: [string[], RegExp][] = [
    [["bursts"], /there is no scenario "bursts"; did you mean burst\?$/m],
    [["nothing-like-it"], /there is no scenario "nothing-like-it"; see: .* --list$/m],
    [["burst", "twice"], /takes one scenario, not "burst twice"$/m],
    [["wall", "--speed=0"], /--speed takes a number from 1 to 3600, not "0"$/m],
  ];
  for (const [words, message] of refused) {
    const { code, stderr } = await box.run(["simulate", ...words]);
    assertEquals(code, 64);
    assertMatch(stderr, message);
  }
  // In anybody else's directory nothing is shown, and nothing removed.
  assertEquals((await box.run(["simulation", "burst"])).code, 64);
  await assertNothingLeft(box);
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  for (const words of [["simulate"], ["simulate", "burst"]]) {
    Deno.test(`${words.join(" ")}: ${signal} ends it with ${code}, and all that it started`, async () => {
      await using box = new Sandbox();
      const child = box.spawn(words);
      const ended = finish(child);
      await until("the daemon runs", () => processesWith("daemon --source").some(isIn(box)));
      child.kill(signal);
      assertEquals((await ended).code, code);
      await assertNothingLeft(box);
    });
  }
}

Deno.test("simulate burst: a signal while agents are held ends those too", async () => {
  await using box = new Sandbox();
  const child = box.spawn(["simulate", "burst"]);
  const ended = finish(child);
  await until("one is held", () => pipes(box).length > 0);
  child.kill("SIGINT");
  assertEquals((await ended).code, 130);
  await assertNothingLeft(box);
});

for (const words of [["simulate"], ["simulate", "burst"]]) {
  Deno.test(`${words.join(" ")}: killed at once, what it started ends and cleans up`, async () => {
    await using box = new Sandbox();
    const child = box.spawn(words);
    const ended = finish(child);
    await until("the daemon runs", () => processesWith("daemon --source").some(isIn(box)));
    child.kill("SIGKILL");
    await ended;
    await until("nothing is left", () => JSON.stringify(leftIn(box)) === JSON.stringify(NOTHING));
  });
}

/** When the simulated quota was read last, in milliseconds. */
function readAt(box: Sandbox): number | undefined {
  const stage = [...Deno.readDirSync(box.root)].find(({ name }) =>
    name.startsWith("quota-sentry-")
  );
  const text = stage && readText(`${box.root}/${stage.name}/cache/quota-sentry/state.json`);
  return text && JSON.parse(text).readAtMs;
}

/** Sends a signal; false when the process has ended. */
function signalled(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function isIn(box: Sandbox): (pid: number) => boolean {
  return (pid) => processesWith(box.root).includes(pid);
}

function pipes(box: Sandbox): string[] {
  const stage = [...Deno.readDirSync(box.root)].find(({ name }) =>
    name.startsWith("quota-sentry-")
  );
  if (!stage) return [];
  try {
    const queue = `${box.root}/${stage.name}/cache/quota-sentry/queue`;
    return [...Deno.readDirSync(queue)].map(({ name }) => name).filter((name) =>
      name.endsWith(".wake")
    );
  } catch {
    return [];
  }
}
