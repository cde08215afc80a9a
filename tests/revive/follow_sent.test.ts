import { assertEquals, assertMatch } from "@std/assert";
import { note } from "../../lib/revive/bring_back.ts";
import { followSent } from "../../lib/revive/follow_sent.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { readRevivals } from "../../lib/state/revivals.ts";
import { MovedClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { deathOf, FakeWall } from "../support/fake_wall.ts";

/** A home in which a message waits to begin its turn. */
async function withSent(
  test: (parts: {
    wall: FakeWall;
    directory: OwnStateDirectory;
    /** The session's file. */
    file: string;
    /** Follows for three seconds, or so many; tells what it was told. */
    follow: (eachSecond?: (second: number) => void, seconds?: number) => Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  await using temporary = temporaryDirectory();
  const directory = new OwnStateDirectory(temporary.path);
  const [wall, clock] = [new FakeWall(), new MovedClock(new Date())];
  const file = `${temporary.path}/one.jsonl`;
  Deno.writeTextFileSync(file, "dead\n");
  await note(deathOf("one"), directory, clock.now(), {
    begunAt: clock.now(),
    outcome: "pending",
    why: "Esc",
    file,
    sent: { id: "message", hasGoal: false },
  });
  const follow = async (eachSecond: (second: number) => void = () => {}, seconds = 3) => {
    const [told, ending] = [[] as string[], new AbortController()];
    let second = 0;
    await followSent({
      directory,
      wall,
      clock: {
        ...clock,
        now: clock.now,
        delay: (ms, ...signals) => {
          eachSecond(++second);
          if (second === seconds) ending.abort();
          return clock.delay(ms, ...signals);
        },
      },
      signal: ending.signal,
      tell: ({ session }, what) => void told.push(`${session}: ${what}`),
    });
    return told;
  };
  await test({ wall, directory, file, follow });
}

const writtenIn = (directory: OwnStateDirectory) => {
  const [{ outcome, why, sent } = {}] = readRevivals(directory);
  return { outcome, why, sent };
};

const STILL_PENDING = {
  outcome: "pending",
  why: "Esc",
  sent: { id: "message", hasGoal: false },
} as const;

Deno.test("a message that waits is looked after when its session's file changes, and only then", () =>
  withSent(async ({ wall, directory, file, follow }) => {
    const told = await follow((second) => {
      if (second === 2) Deno.writeTextFileSync(file, "dead\nmore\n");
    });
    assertEquals([told, wall.followed], [[], 2]);
    assertEquals(writtenIn(directory), STILL_PENDING);
  }));

Deno.test("a message that has begun its turn is done with", () =>
  withSent(async ({ wall, directory, follow }) => {
    wall.fate = "gone";
    assertEquals(await follow(), ["one: the message has gone"]);
    assertEquals(writtenIn(directory), { outcome: "done", why: undefined, sent: undefined });
    // Nothing waits any more.
    assertEquals([await follow(), wall.followed], [[], 1]);
  }));

Deno.test("a message is taken back where the user was faster, also one that waited for long", () =>
  withSent(async ({ wall, directory, file, follow }) => {
    const told = await follow((second) => {
      if (second !== 1) return;
      Deno.writeTextFileSync(file, "dead\nthe user's\n");
      wall.fate = "taken-back";
    });
    const why = "somebody went on with it first; the message was taken back";
    assertEquals(told, [`one: ${why}`]);
    assertEquals(writtenIn(directory), { outcome: "not-done", why, sent: undefined });
  }));

Deno.test("what cannot be told is said, and looked at again when the file changes, after a pause", () =>
  withSent(async ({ wall, directory, file, follow }) => {
    wall.fate = new Error("codex did not answer");
    // A session that works writes all the time.
    const writes = (second: number) => Deno.writeTextFileSync(file, "x".repeat(second));
    const told = await follow(writes, 50);
    assertEquals(told.length, 2);
    assertMatch(told[0]!, /what became of the message is not known: codex did not answer/);
    assertEquals(writtenIn(directory), STILL_PENDING);
  }));

Deno.test("while somebody else is at it, nothing is looked at; a second later it is", () =>
  withSent(async ({ wall, follow }) => {
    wall.isLocked = true;
    await follow((second) => {
      if (second === 2) wall.isLocked = false;
    });
    assertEquals(wall.followed, 1);
  }));
