import { assert, assertEquals, assertMatch } from "@std/assert";
import { finish, processesWith, readText, Sandbox, until } from "../support/sandbox.ts";

/** What stands in the sandbox's directory for temporary files, and still runs there. */
function leftIn(box: Sandbox): unknown {
  const names = [...Deno.readDirSync(box.root)].map(({ name }) => name).sort();
  return { names, pids: processesWith(box.root) };
}

const NOTHING = { names: ["bin", "home"], pids: [] };

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
  assertEquals(leftIn(box), NOTHING);
});

Deno.test("simulate: what the user has set for real sessions changes nothing", async () => {
  await using box = new Sandbox();
  await box.run(["config", "set", "windows.fiveHour.mode", "off"]);
  const env = { QUOTA_SENTRY_DISABLE: "1", QUOTA_SENTRY_THRESHOLD_PERCENT: "20" };
  const { code, stdout } = await box.run(["simulate"], { env });
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /blocked until/);
});

Deno.test("simulate burst: four are held before the wall, none dies, all go on", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await box.run(["simulate", "burst"]);
  assertEquals([code, stderr], [0, ""], stdout);
  assertMatch(stdout, /95\.0% +4 +0 +the threshold of 95% is met/);
  const [, percent, past] =
    /All four held at (\d+\.\d)%: (\d+) requests after the crossing/.exec(stdout) ?? [];
  // One request each at the most, and the one that met the threshold.
  assert(Number(percent) >= 95 && Number(percent) <= 97, stdout);
  assertEquals(Number(percent), 95 + Number(past) / 2);
  assertMatch(stdout, /Nobody died; all went on \d+ ms after the reset\./);
  assertEquals(leftIn(box), NOTHING);
});

Deno.test("simulate: other words are refused", async () => {
  await using box = new Sandbox();
  for (const words of [["bursts"], ["hold"], ["burst", "twice"]]) {
    const { code, stderr } = await box.run(["simulate", ...words]);
    assertEquals(code, 64);
    assertMatch(stderr, /^quota-sentry: simulate takes burst, or nothing, not "/);
  }
  // In anybody else's directory nothing is shown, and nothing removed.
  assertEquals((await box.run(["simulation", "burst"])).code, 64);
  assertEquals(leftIn(box), NOTHING);
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
      assertEquals(leftIn(box), NOTHING);
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
  assertEquals(leftIn(box), NOTHING);
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
  return (pid) => (readText(`/proc/${pid}/cmdline`) ?? "").includes(box.root);
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
