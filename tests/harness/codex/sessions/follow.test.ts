import { assertEquals } from "@std/assert";
import type { FollowMode } from "../../../../lib/quota/follower.ts";
import {
  type FollowOptions,
  SessionFollower,
  type Watcher,
} from "../../../../lib/harness/codex/sessions/follow.ts";
import { until } from "../../../support/sandbox.ts";
import { ago, append, CodexHome, otherLine, readingLine, tokenCount } from "./rollouts.ts";

/** A follower that runs, and what it has told. */
class Following implements AsyncDisposable {
  readonly home: CodexHome;
  /** Percent of the 5-hour window in each reading. */
  readonly told: number[] = [];
  readonly modes: FollowMode[] = [];
  readonly problems: string[] = [];
  readonly follower: SessionFollower;
  readonly #stop = new AbortController();
  readonly #run: Promise<void>;

  constructor(home: CodexHome, options: Partial<FollowOptions> = {}) {
    this.home = home;
    this.follower = new SessionFollower({
      home: home.path,
      now: () => new Date(),
      onReading: (reading) => this.told.push(reading.windows[0]!.usedPercent),
      onMode: (mode) => this.modes.push(mode),
      onProblem: (problem) => this.problems.push(problem),
      ...options,
    });
    this.#run = this.follower.run(this.#stop.signal);
  }

  /** Follows a home, which has a directory for sessions, from when it does. */
  static async begin(home: CodexHome, options: Partial<FollowOptions> = {}): Promise<Following> {
    Deno.mkdirSync(`${home.path}/sessions`, { recursive: true });
    const following = new Following(home, options);
    await following.becomes(options.watch ? "looking" : "events");
    return following;
  }

  async becomes(mode: FollowMode): Promise<void> {
    await until(`the mode is ${mode}`, () => this.follower.mode === mode);
  }

  async tells(...used: number[]): Promise<void> {
    await until(`it tells ${used}`, () => this.told.length >= used.length);
    assertEquals(this.told, used);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#run;
    assertEquals(this.follower.mode, "off");
    this.home[Symbol.dispose]();
  }
}

/** A watcher of a file system that tells nothing. */
function silentWatcher(): Watcher {
  const ended = new AbortController();
  const events = new ReadableStream<Deno.FsEvent>({
    start: (controller) => ended.signal.addEventListener("abort", () => controller.close()),
  });
  return {
    [Symbol.asyncIterator]: () => events[Symbol.asyncIterator](),
    [Symbol.dispose]: () => ended.abort(),
  };
}

function noWatches(): never {
  throw new Error("no inotify watches left");
}

Deno.test("follow: a reading that is appended is told; what stood there before is not", async () => {
  const home = new CodexHome();
  const path = home.rollout("1");
  home.write(path, readingLine({ used: 40, at: ago(9) }), ago(9));
  await using following = await Following.begin(home);
  append(path, otherLine());
  append(path, readingLine({ used: 41.5 }));
  await following.tells(41.5);
  append(path, readingLine({ used: 42 }));
  await following.tells(41.5, 42);
});

Deno.test("follow: of several readings in one write, the last of the account", async () => {
  await using following = await Following.begin(new CodexHome());
  const lines = [
    readingLine({ used: 50, at: ago(2) }),
    readingLine({ used: 60, at: ago(1) }),
    readingLine({ used: 1, limits: { limit_id: "codex_spark" } }),
    tokenCount(new Date(), null),
    readingLine({ used: 99 }).trimEnd().slice(0, -1),
  ];
  append(following.home.rollout("1"), lines.join(""));
  await following.tells(60);
});

Deno.test("follow: a torn line is told once it is whole", async () => {
  await using following = await Following.begin(new CodexHome());
  const path = following.home.rollout("1");
  const line = readingLine({ used: 77 });
  append(path, readingLine({ used: 76, at: ago(1) }) + line.slice(0, 100));
  await following.tells(76);
  append(path, line.slice(100));
  await following.tells(76, 77);
});

Deno.test("follow: a reading that is older than the one told of this file is not told", async () => {
  await using following = await Following.begin(new CodexHome());
  const [a, b] = [following.home.rollout("a"), following.home.rollout("b")];
  append(a, readingLine({ used: 50, at: ago(5) }));
  await following.tells(50);
  append(a, readingLine({ used: 49, at: ago(6) }));
  append(b, readingLine({ used: 30, at: ago(7) }));
  await following.tells(50, 30);
});

Deno.test("follow: new folders, and a session that is resumed in an old one", async () => {
  const home = new CodexHome();
  const old = home.rollout("old", "2026/01/31");
  home.write(old, readingLine({ used: 3, at: ago(9) }), ago(9));
  await using following = await Following.begin(home);
  append(home.rollout("new", "2027/02/03"), readingLine({ used: 10 }));
  await following.tells(10);
  append(home.rollout("new", "2027/02/03"), readingLine({ used: 11 }));
  await following.tells(10, 11);
  append(old, readingLine({ used: 12 }));
  await following.tells(10, 11, 12);
});

Deno.test("follow: of a file that was not met, its end", async () => {
  const home = new CodexHome();
  await using following = await Following.begin(home);
  const outside = `${home.path}/moved`;
  const lines = otherLine(60_000).repeat(20) + readingLine({ used: 20, at: ago(30) });
  home.write(outside, lines);
  Deno.mkdirSync(`${home.path}/sessions/2026/09/01`, { recursive: true });
  Deno.renameSync(outside, home.rollout("1"));
  await following.tells(20);
});

Deno.test("follow: forty files at once", async () => {
  const home = new CodexHome();
  const paths = Array.from({ length: 40 }, (_, index) => home.rollout(`${index}`));
  for (const path of paths) home.write(path, otherLine());
  await using following = await Following.begin(home);
  for (let round = 1; round <= 5; round++) {
    for (const [index, path] of paths.entries()) {
      append(path, otherLine() + readingLine({ used: index }));
    }
    await until(
      `round ${round}: ${following.told.length}`,
      () => following.told.length >= round * 40,
    );
    assertEquals(following.told.length, round * 40);
  }
});

Deno.test("follow: a file that is replaced, archived or compressed", async () => {
  await using following = await Following.begin(new CodexHome());
  const { home } = following;
  const path = home.rollout("1");
  append(path, readingLine({ used: 50, at: ago(3) }));
  await following.tells(50);
  home.write(`${path}.new`, readingLine({ used: 51, at: ago(2) }));
  Deno.renameSync(`${path}.new`, path);
  await following.tells(50, 51);
  Deno.mkdirSync(`${home.path}/archived_sessions`);
  Deno.renameSync(path, `${home.path}/archived_sessions/rollout-1.jsonl`);
  append(`${path}.zst`, readingLine({ used: 52, at: ago(1) }));
  append(path, readingLine({ used: 53 }));
  await following.tells(50, 51, 53);
});

Deno.test("follow: a home that comes later", async () => {
  const home = new CodexHome();
  Deno.removeSync(home.path);
  await using following = new Following(home);
  following.follower.check();
  assertEquals(following.follower.mode, "off");
  append(home.rollout("1"), readingLine({ used: 5 }));
  await following.tells(5);
  assertEquals(following.modes, ["events"]);
});

Deno.test("follow: a directory that is removed and made anew, then replaced by a link", async () => {
  await using following = await Following.begin(new CodexHome());
  const { home } = following;
  append(home.rollout("1"), readingLine({ used: 1 }));
  await following.tells(1);
  Deno.removeSync(`${home.path}/sessions`, { recursive: true });
  await following.becomes("off");
  append(home.rollout("1"), readingLine({ used: 2 }));
  await following.tells(1, 2);
  await following.becomes("events");

  Deno.renameSync(`${home.path}/sessions`, `${home.path}/real`);
  await following.becomes("off");
  Deno.symlinkSync(`${home.path}/real`, `${home.path}/sessions`);
  await following.becomes("events");
  append(home.rollout("1"), readingLine({ used: 3 }));
  // At its new place the file is another one; what it says may be told again.
  await until("it is told", () => following.told.at(-1) === 3);
});

Deno.test("follow: a link that leads elsewhere is found by a check", async () => {
  const home = new CodexHome();
  for (const name of ["a", "b"]) Deno.mkdirSync(`${home.path}/${name}`);
  Deno.symlinkSync(`${home.path}/a`, `${home.path}/sessions`);
  await using following = new Following(home);
  await following.becomes("events");
  Deno.removeSync(`${home.path}/sessions`);
  Deno.symlinkSync(`${home.path}/b`, `${home.path}/sessions`);
  append(home.rollout("1"), readingLine({ used: 8 }));
  following.follower.check();
  await following.tells(8);
  append(home.rollout("1"), readingLine({ used: 9 }));
  await following.tells(8, 9);
});

Deno.test("follow: without watches, by looking; a check tries again", async () => {
  const home = new CodexHome();
  home.write(home.rollout("1"), readingLine({ used: 1, at: ago(9) }), ago(9));
  let isFull = true;
  const watch = (path: string) => isFull ? noWatches() : Deno.watchFs(path);
  await using following = await Following.begin(home, { watch });
  append(home.rollout("1"), readingLine({ used: 2 }));
  append(home.rollout("new", "2026/09/02"), readingLine({ used: 3 }));
  await until("both are told", () => following.told.length === 2);
  assertEquals(following.told.toSorted(), [2, 3]);
  following.follower.check();
  await until("it has looked anew", () => following.problems.length > 0);
  assertEquals(following.problems, [
    "Codex's session files cannot be watched, but are looked at each second: " +
    "no inotify watches left",
  ]);
  isFull = false;
  following.follower.check();
  await following.becomes("events");
  append(home.rollout("1"), readingLine({ used: 4 }));
  await until("it is told by an event", () => following.told.at(-1) === 4);
});

Deno.test("follow: where no events come, a check turns to looking", async () => {
  const home = new CodexHome();
  Deno.mkdirSync(`${home.path}/sessions`);
  await using following = new Following(home, { watch: silentWatcher });
  await following.becomes("events");
  following.follower.check();
  append(home.rollout("1"), readingLine({ used: 70 }));
  following.follower.check();
  assertEquals(following.told, [70]);
  await following.becomes("looking");
  append(home.rollout("1"), readingLine({ used: 71 }));
  await following.tells(70, 71);
  following.follower.check();
  append(home.rollout("2", "2025/01/01"), readingLine({ used: 72 }));
  await following.tells(70, 71, 72);
  assertEquals(following.modes, ["events", "looking"]);
  assertEquals(following.problems.length, 1);
});

Deno.test("follow: an event that is a little late does not turn to looking", async () => {
  const home = new CodexHome();
  const path = home.rollout("1");
  home.write(path, otherLine(), ago(9));
  await using following = await Following.begin(home);
  for (const seconds of [3, 2, 1]) {
    append(path, readingLine({ used: seconds, at: ago(seconds) }));
    // The event cannot have been handled yet.
    following.follower.check();
  }
  assertEquals(following.told, [3, 2, 1]);
  await new Promise((resolve) => setTimeout(resolve, 2200));
  assertEquals(following.modes, ["events"]);
});

Deno.test("follow: one that does not take a reading does not end it", async () => {
  const taken: number[] = [];
  await using following = await Following.begin(new CodexHome(), {
    onReading({ windows }) {
      taken.push(windows[0]!.usedPercent);
      if (taken.length === 1) throw new Error("the disk is full");
    },
  });
  append(following.home.rollout("1"), readingLine({ used: 1 }));
  await until("the first came", () => taken.length === 1);
  append(following.home.rollout("1"), readingLine({ used: 2 }));
  await until("the second came", () => taken.length === 2);
  assertEquals(following.problems.length, 1);
});

Deno.test("follow: a signal that fired before ends it at once", async () => {
  using home = new CodexHome();
  const follower = new SessionFollower({
    home: home.path,
    now: () => new Date(),
    onReading: () => {},
  });
  follower.check();
  await follower.run(AbortSignal.abort());
  follower.check();
  assertEquals(follower.mode, "off");
});
