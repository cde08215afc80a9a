import { assertEquals, assertRejects } from "@std/assert";
import { bringBack, note, takeOn } from "../../lib/revive/bring_back.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { readRevivals } from "../../lib/state/revivals.ts";
import { MovedClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { deathOf, FakeWall } from "../support/fake_wall.ts";

/** A home with one session that died. */
async function withDeath(
  test: (parts: {
    wall: FakeWall;
    death: ReturnType<typeof deathOf>;
    directory: OwnStateDirectory;
    clock: MovedClock;
    bring: () => ReturnType<typeof bringBack>;
  }) => Promise<void>,
): Promise<void> {
  await using temporary = temporaryDirectory();
  const directory = new OwnStateDirectory(temporary.path);
  const [wall, death, clock] = [new FakeWall(), deathOf("one"), new MovedClock(new Date())];
  wall.dead = [death];
  const whyNot = () => Promise.resolve(undefined);
  const bring = () => bringBack(death, { directory, wall, clock, message: "go on", whyNot });
  await test({ wall, death, directory, clock, bring });
}

const writtenIn = (directory: OwnStateDirectory) =>
  readRevivals(directory).map(({ session, begunAt, outcome, why, tries }) => ({
    session,
    isBegun: begunAt !== undefined,
    outcome,
    why,
    tries,
  }));

Deno.test("bringBack: it is on the disk before it is done, and what came of it after", () =>
  withDeath(async ({ wall, directory, bring }) => {
    let before: unknown;
    wall.before = () => void (before = writtenIn(directory));
    assertEquals(await bring(), { kind: "done" });
    const begun = { session: "one", isBegun: true, outcome: undefined, why: undefined, tries: 1 };
    assertEquals(before, [begun]);
    assertEquals(writtenIn(directory), [{ ...begun, outcome: "done" }]);
    assertEquals(wall.sent, ["one: go on"]);
  }));

Deno.test("bringBack: what cannot be written down is not done", () =>
  withDeath(async ({ wall, directory, bring }) => {
    Deno.mkdirSync(directory.file("revivals"));
    await assertRejects(bring, Error);
    assertEquals(wall.sent, []);
  }));

Deno.test("bringBack: one at a time, in one state directory and in a home", () =>
  withDeath(async ({ wall, directory, bring }) => {
    using _lock = directory.lockToRevive();
    assertEquals((await bring()).kind, "not-done");
    wall.isLocked = true;
    assertEquals((await bring()).kind, "not-done");
    assertEquals([wall.sent, writtenIn(directory)], [[], []]);
  }));

Deno.test("bringBack: somebody who is faster is left alone", () =>
  withDeath(async ({ wall, directory, bring }) => {
    wall.dead = [];
    assertEquals((await bring()).kind, "not-done");
    assertEquals([wall.sent, writtenIn(directory)], [[], []]);
  }));

Deno.test("bringBack: an obstacle is told, and is nothing that was begun", () =>
  withDeath(async ({ wall, directory, bring }) => {
    wall.obstacles = "its terminal was closed";
    assertEquals(await bring(), { kind: "not-done", why: "its terminal was closed" });
    assertEquals([wall.sent, writtenIn(directory)], [[], []]);
  }));

Deno.test("bringBack: who was killed may have done it; a moment later somebody may ask again", () =>
  withDeath(async ({ wall, death, directory, clock, bring }) => {
    await note(death, directory, clock.now(), { begunAt: clock.now() });
    assertEquals((await bring()).kind, "not-done");
    assertEquals(wall.sent, []);
    clock.pass(61_000);
    assertEquals((await bring()).kind, "done");
  }));

Deno.test("takeOn: a run is taken on once, by whoever comes first", () =>
  withDeath(async ({ wall, death, directory, clock }) => {
    const take = () =>
      takeOn(death, { directory, wall, clock, whyNot: () => Promise.resolve(undefined) });
    const taken = await Promise.all([take(), take(), take()]);
    assertEquals(taken.filter((why) => why === undefined).length, 1);
    assertEquals(await take(), "somebody is about to go on with it");
  }));

Deno.test("what is written down stays, and goes when it is older than any window", () =>
  withDeath(async ({ death, directory, clock }) => {
    await note(death, directory, clock.now(), { checkedOut: "main" });
    await note(death, directory, clock.now(), { outcome: "pending", why: "Esc" });
    const [written] = readRevivals(directory);
    assertEquals([written!.checkedOut, written!.outcome], ["main", "pending"]);
    assertEquals([written!.diedAt, written!.resetsAt], [death.diedAt, death.resetsAt]);
    clock.pass(41 * 86_400_000);
    await note(deathOf("two"), directory, clock.now(), {});
    assertEquals(readRevivals(directory).map(({ session }) => session), ["two"]);
  }));

Deno.test("what is there and cannot be understood: nothing is done, and that is said", () =>
  withDeath(async ({ wall, directory, bring }) => {
    for (const text of ["", "{}", "[]", '{"revivals":[{}]}', '{"revivals":3}']) {
      Deno.writeTextFileSync(directory.file("revivals"), text);
      await assertRejects(bring, Error, "cannot be understood");
    }
    assertEquals(wall.sent, []);
  }));

Deno.test("bringBack: what waits in a queue still counts where nothing more is sent", () =>
  withDeath(async ({ wall, directory, clock, bring }) => {
    wall.outcome = { kind: "pending", why: "Esc" };
    await bring();
    wall.outcome = { kind: "not-done", why: "a message waits in its queue already" };
    clock.pass(61_000);
    assertEquals((await bring()).kind, "not-done");
    assertEquals([writtenIn(directory)[0]!.outcome, writtenIn(directory)[0]!.why], [
      "pending",
      "Esc",
    ]);
  }));
