import { assertEquals, assertMatch } from "@std/assert";
import { assertGoesOn, Held, inputOf } from "../support/held.ts";
import { BINARY, CODEXBAR, finish, readText, until, usage } from "../support/sandbox.ts";
import { writeProgram } from "../support/programs.ts";

Deno.test("waiting: status, stop and uninstall-hook tell who is held, since when and where", async () => {
  await using box = await Held.begin();
  assertEquals((await box.run(["install-hook"])).code, 0);
  const none = await box.run(["status", "--long"]);
  assertEquals(/waiting/.test(none.stdout), false);

  const before = Math.floor(Date.now() / 1000) * 1000;
  const script = box.call();
  await box.listening(1);
  const guard = box.spawn(["guard", "--state-only", "--no-notify"], { cwd: box.root });
  const told = async () => JSON.parse((await box.run(["status", "--json"])).stdout);
  await until("both wait", async () => (await box.held()).length === 2);
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
  const text = (await box.run(["status", "--long"])).stdout;
  assertMatch(text, /\nwaiting: 2 agents\n {2}pid \d+ {2}\/.*, since .* \(.*\), until .*\n/);

  // One that was killed leaves its pipe, its place and its line in the log.
  guard.kill("SIGKILL");
  await Promise.all([guard.stdout.cancel(), guard.stderr.cancel(), guard.status]);
  assertEquals((await told()).waiting.map(({ pid }: { pid: number }) => pid), [script.pid]);

  const line = /\n1 agent is waiting, and will until the reset: .* quota-sentry pause\n$/;
  assertMatch((await box.run(["uninstall-hook"])).stdout, line);
  assertMatch((await box.run(["stop"])).stdout, /^daemon stopped\n1 agent is waiting/);
  await until("it waits by itself", () => box.waiting.length === 1);
  await until("it is seen still", async () => (await box.held())[0]?.pid === script.pid);
  assertEquals((await told()).waiting.map(({ pid }: { pid: number }) => pid), [script.pid]);
  assertMatch((await box.run(["stop"])).stdout, /^daemon not running\n1 agent is waiting/);
  await box.run(["pause"]);
  await script.ended;
  assertEquals((await told()).waiting, []);
});

Deno.test("waiting: scripts and guards that wait by themselves name their sessions", async () => {
  await using box = await Held.begin();
  const script = box.call({ input: inputOf("019a-script") });
  await box.listening(1);
  const args = ["guard", "--state-only", "--no-notify"];
  const guard = finish(box.spawn(args, { stdin: "" }), inputOf("019a-guard"));
  // A harness that says nothing of a session.
  const other = box.call();
  const told = () => box.held();
  await until("all are told", async () => (await told()).length === 3 && box.queue.length === 5);
  // A script has its pipe a moment before its place.
  await until("their ends are told", async () => (await told()).every(({ until }) => until));
  const sessions = async () => new Set((await told()).map(({ session }) => session));
  const expected = new Set(["019a-script", "019a-guard", undefined]);
  assertEquals(await sessions(), expected);
  for (const { until } of await told()) {
    assertEquals(Math.abs(+until! - Date.parse(String(box.state?.blockedUntil))) < 5000, true);
  }

  // The program waits in the script's place, for the same session.
  await box.run(["stop"]);
  await until(
    "they wait by themselves",
    async () => box.waiting.length === 2 && box.queue.length === 3 && (await told()).length === 3,
  );
  await until("they say for whom", async () => (await sessions()).size === 3);
  assertEquals(await sessions(), expected);
  await box.run(["pause"]);
  await Promise.all([assertGoesOn(script), assertGoesOn(other), guard]);
});

Deno.test("waiting: a script of this version takes what a program of an earlier one says", async () => {
  await using box = await Held.begin();
  // It knows no session: its answer is one of the first layout.
  const hook = Deno.readTextFileSync(box.hook);
  const earlier = box.executable(
    "earlier",
    `#!/bin/sh\n'${BINARY}' "$@" | sed -E 's/ 2,([^ ]*),[^ ,]*( .*)?$/ 1,\\1\\2/'\n`,
  );
  writeProgram(box.hook, hook.replace(/^program=.*$/m, `program='${earlier}'`), 0o700);
  const call = box.call({ input: inputOf("019a-script") });
  await box.listening(1);
  assertMatch(readText(`${box.stateDir}/queue/0.place`)!, /^\d+ \d+-\d+\.wake [\d:TZ-]+ \? \?\n$/);
  const [waiting] = await box.held();
  assertEquals([waiting!.pid, waiting!.session], [call.pid, undefined]);
  box.codexbar(CODEXBAR.answers, usage({ used: 3, resetInSeconds: 18_000 }));
  await assertGoesOn(call);
});

Deno.test("waiting: a script of an earlier version, with two words in its place, is held and let go", async () => {
  await using box = await Held.begin();
  const hook = Deno.readTextFileSync(box.hook);
  const earlier = hook.replace(/ \$ends \$\{session:-\?\} \$\{step:-\?\}\$here"/, '"').replace(
    "its _ <",
    "its <",
  );
  assertEquals(hook.length - earlier.length, " $ends ${session:-?} ${step:-?}$here".length + 2);
  writeProgram(box.hook, earlier, 0o700);
  const call = box.call({ input: inputOf("019a-script") });
  await box.listening(1);
  assertMatch(readText(`${box.stateDir}/queue/0.place`)!, /^\d+ \d+-\d+\.wake\n$/);
  const [waiting] = await box.held();
  assertEquals([waiting!.pid, waiting!.session, waiting!.until], [call.pid, undefined, undefined]);
  await box.run(["pause"]);
  await assertGoesOn(call);
});
