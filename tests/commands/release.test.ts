import { assert, assertEquals, assertMatch } from "@std/assert";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
import { assertGoesOn, type Call, Held, inputOf } from "../support/held.ts";
import { assertComesTo, finish, until } from "../support/sandbox.ts";
import { writeProgram } from "../support/programs.ts";

const MODEL = "guard --on=model";

async function pidsOf(box: Held): Promise<number[]> {
  const { waiting } = JSON.parse((await box.run(["holds", "--json"])).stdout);
  return waiting.map(({ pid }: { pid: number }) => pid);
}

/** Calls a guard without a script in front of it, which says what came of it. */
function direct(box: Held, session: string) {
  const args = ["guard", "--on=model", "--no-notify"];
  const child = box.spawn(args, { stdin: "", cwd: box.root });
  return { pid: child.pid, ended: finish(child, inputOf(session)) };
}

/** What a request of a session to the model is told by the guard, if it passes at once. */
async function passes(box: Held, session: string): Promise<string> {
  const args = ["guard", "--on=model", "--verbose"];
  return (await box.run(args, { stdin: inputOf(session) })).stdout;
}

Deno.test("release: lets one session go, once, by both ways of waiting, and no other", async () => {
  await using box = await Held.begin();
  const script = box.call({ input: inputOf("019aaaaa-1111"), args: MODEL, cwd: box.home });
  const other = box.call({ input: inputOf("019aaaaa-2222"), args: MODEL });
  await box.listening(2);
  const guard = direct(box, "019bbbbb-3333");
  await until("all wait", async () => (await box.held()).length === 3);

  const ambiguous = await box.run(["release", "019aaaaa"]);
  assertEquals(ambiguous.code, 1);
  assertMatch(ambiguous.stderr, /^quota-sentry: "019aaaaa" names 2 of those that wait: .*\n$/);
  assertEquals((await box.run(["release"])).code, 1);
  assertEquals((await pidsOf(box)).length, 3);

  // By its directory, as it is named there.
  const told = await box.run(["release", "."]);
  assertEquals([told.code, told.stderr], [0, ""]);
  assertMatch(told.stdout, /^released: 019aaaaa-1111 in .*; it goes on, and is not held again/);
  await assertGoesOn(script);
  assertEquals(new Set(await pidsOf(box)), new Set([other.pid, guard.pid]));
  assertEquals((await box.run(["release", "019b"])).code, 0);
  assertEquals((({ code, stdout }) => [code, stdout])(await guard.ended), [0, ""]);
  assertEquals(await pidsOf(box), [other.pid]);

  // The gate is shut. Those two pass in this block; nobody else does.
  assertEquals(box.state?.status, "blocked");
  for (const session of ["019aaaaa-1111", "019bbbbb-3333"]) {
    assertMatch(await passes(box, session), / guard: let go: released by the user\n$/);
  }
  await assertGoesOn(box.call({ input: inputOf("019aaaaa-1111"), args: MODEL }));
  const stranger = box.call({ input: inputOf("019ccccc-4444"), args: MODEL });
  const waits = async (pid: number) => (await box.held()).some((each) => each.pid === pid);
  await until("it waits", () => waits(stranger.pid));
  for (const session of ["019aaaaa-1111", "019bbbbb-3333"]) {
    assertMatch(box.log, new RegExp(`Z released by the user: session ${session}, pid \\d+, in /`));
  }

  // Another block has begun since.
  const state = box.state as { hold: { since: string } };
  await box.run(["stop"]);
  box.writeState({ ...state, hold: { ...state.hold, since: "2026-01-01T00:00:00Z" } });
  const again = box.call({ input: inputOf("019aaaaa-1111"), args: `${MODEL} --state-only` });
  await until("it is held again", () => waits(again.pid));
  assertEquals([other, stranger, again].map(({ hasEnded }) => hasEnded), [false, false, false]);

  const all = await box.run(["release", "--all"]);
  assertEquals([all.code, all.stdout.split("\n").length, all.stderr], [0, 4, ""]);
  for (const call of [other, stranger, again]) await assertGoesOn(call);
  assertEquals(await pidsOf(box), []);
});

Deno.test({
  name: "release: scripts of an earlier version are let go as well, by directory or pid",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = await Held.begin();
    // It knows neither the event nor its session.
    const hook = Deno.readTextFileSync(box.hook);
    const earlier = hook.replace(/^ *released\) .*\n/m, "").replace(" | released | ", " | ")
      .replace(/ \$ends \$\{session:-\?\} \$\{step:-\?\}\$here"/, '"');
    assert(hook.length - earlier.length > 80);
    writeProgram(box.hook, earlier, 0o700);
    // A place that somebody else has made keeps nobody waiting.
    Deno.mkdirSync(`${box.stateDir}/queue`, { recursive: true });
    await new Deno.Command("mkfifo", { args: [`${box.stateDir}/queue/0.place`] }).output();
    const calls = [box.home, "/"].map((cwd) =>
      box.call({ input: inputOf("019a"), args: MODEL, cwd })
    );
    await box.listening(2);
    const [first, second] = calls as [Call, Call];
    assertEquals((await box.run(["cancel", String(first.pid)])).code, 1);
    const told = await box.run(["release", box.home]);
    assertMatch(told.stdout, /^released: pid \d+ in .*; it goes on; its next call is held again/);
    await assertGoesOn(first);
    assertEquals(await pidsOf(box), [second.pid]);
    assertEquals((await box.run(["release", String(second.pid)])).code, 0);
    await assertGoesOn(second);
  },
});

Deno.test("release: one of twenty, and then all that are left", async () => {
  await using box = await Held.begin();
  // Little to read: of many at once, on a busy machine, a long input is cut off before its session is known.
  const input = (number: number) =>
    JSON.stringify({ session_id: `019a-${number + 100}`, turn_id: "t" });
  const calls = Array.from(
    { length: 20 },
    (_, number) => box.call({ input: input(number), args: MODEL }),
  );
  // A session may wait in two places: who lets it go by one of them lets it go.
  const again = box.call({ input: input(17), args: MODEL });
  await until(
    "all listen",
    async () => box.queue.length === 42 && (await box.held()).length === 21,
  );
  const one = await box.run(["release", String(calls[17]!.pid)]);
  assertEquals([one.code, one.stdout.split("\n").length], [0, 3]);
  for (const call of [calls[17]!, again]) await assertGoesOn(call);
  assertEquals(calls.filter(({ hasEnded }) => hasEnded).length, 1);
  const { code, stdout } = await box.run(["release", "--all"]);
  assertEquals([code, stdout.split("\n").length], [0, 20]);
  for (const call of calls) await assertGoesOn(call);
  await assertComesTo(() => [box.queue, box.sleeping, box.programs], [[], [], []]);
  const left = [...Deno.readDirSync(`${box.stateDir}/requests`)].map(({ name }) => name);
  assertEquals(left.filter((name) => !name.startsWith("session-019a-")), []);
});
