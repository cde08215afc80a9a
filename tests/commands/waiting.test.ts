import { assertEquals, assertMatch } from "@std/assert";
import { Held } from "../support/held.ts";
import { until } from "../support/sandbox.ts";

Deno.test("waiting: status, stop and uninstall-hook tell who is held, since when and where", async () => {
  await using box = await Held.begin();
  assertEquals((await box.run(["install-hook"])).code, 0);
  const none = await box.run(["status"]);
  assertEquals(/waiting/.test(none.stdout), false);

  const before = Math.floor(Date.now() / 1000) * 1000;
  const script = box.call();
  await box.listening(1);
  const guard = box.spawn(["guard", "--state-only", "--no-notify"], { cwd: box.root });
  const told = async () => JSON.parse((await box.run(["status", "--json"])).stdout);
  await until("both are told", async () => (await told()).waiting.length === 2);
  const { waiting, status } = await told();
  assertEquals(status, "blocked");
  const byPid = new Map<number, { since: string; directory: string }>(
    waiting.map((each: { pid: number }) => [each.pid, each]),
  );
  assertEquals(new Set(byPid.keys()), new Set([script.pid, guard.pid]));
  assertEquals(byPid.get(guard.pid)!.directory, box.root);
  for (const { since } of byPid.values()) {
    const at = Date.parse(since);
    assertEquals(at >= before && at <= Date.now() + 1000, true, since);
  }
  const text = (await box.run(["status"])).stdout;
  assertMatch(text, /\nwaiting: 2 agents\n {2}pid \d+, since \S+Z \(\d+ min\), in \/.*\n/);

  // One that was killed leaves its pipe, its place and its line in the log.
  guard.kill("SIGKILL");
  await Promise.all([guard.stdout.cancel(), guard.stderr.cancel(), guard.status]);
  assertEquals((await told()).waiting.map(({ pid }: { pid: number }) => pid), [script.pid]);

  const line = /\n1 agent is waiting, and will until the reset: .* quota-sentry pause\n$/;
  assertMatch((await box.run(["uninstall-hook"])).stdout, line);
  assertMatch((await box.run(["stop"])).stdout, /^daemon stopped\n1 agent is waiting/);
  await until("it waits by itself", () => box.waiting.length === 1);
  await until(
    "it is told still",
    async () => (await told()).waiting[0]?.pid === script.pid,
  );
  assertMatch((await box.run(["stop"])).stdout, /^daemon not running\n1 agent is waiting/);
  await box.run(["pause"]);
  await script.ended;
  assertEquals((await told()).waiting, []);
});
