import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { buildId } from "../../lib/process/build_id.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { DEFAULT_GUARD_RULES, type State } from "../../lib/state/state.ts";
import { blockedFor, stateWith } from "../support/states.ts";
import { temporaryDirectory } from "../support/directory.ts";

function owned(): { directory: OwnStateDirectory; path: string } & AsyncDisposable {
  const temporary = temporaryDirectory();
  return {
    directory: new OwnStateDirectory(temporary.path),
    path: temporary.path,
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

function gate(directory: OwnStateDirectory): string | undefined {
  try {
    return Deno.readTextFileSync(directory.file("gate"));
  } catch {
    return undefined;
  }
}

const resetsAt = new Date(Date.now() + 3_600_000);
const used = (usedPercent: number) => ({
  windows: [{ id: "primary", usedPercent, windowMinutes: 300, resetsAt, extra: false }],
  guard: { ...DEFAULT_GUARD_RULES, holdAt: { fiveHour: 95 } },
});
const unknown = (unknownHoldSeconds: number) =>
  stateWith({ status: "unknown", guard: { ...DEFAULT_GUARD_RULES, unknownHoldSeconds } });

const GATES: [string, State, string | undefined][] = [
  ["open", stateWith(), "open\n"],
  ["open, far from the wall", stateWith(used(86.9)), "open\n"],
  ["open, near the wall", stateWith(used(87)), "near\n"],
  ["unknown, near the wall", stateWith({ ...used(90), status: "unknown" }), "unknown\n"],
  ["unknown, and nobody waits for that", unknown(0), "unknown\n"],
  ["unknown, and agents wait", unknown(60), undefined],
  ["blocked", blockedFor(600), undefined],
];
for (const [name, state, expected] of GATES) {
  Deno.test(`own directory: the gate where it is ${name}: ${expected?.trim()}`, async () => {
    await using own = owned();
    const { directory } = own;
    directory.commit(stateWith());
    directory.commit(state);
    assertEquals(directory.state()?.status, state.status);
    assertEquals(Deno.statSync(directory.file("state")).mode! & 0o777, 0o600);
    assertEquals(gate(directory), expected);
  });
}

Deno.test("own directory: the gate may be believed until the reading is stale, and names the daemon", async () => {
  await using own = owned();
  const { directory } = own;
  const state = stateWith({ guard: { ...DEFAULT_GUARD_RULES, maxStateAgeSeconds: 1000 } });
  Deno.writeTextFileSync(directory.file("pid"), "4711\n");
  directory.commit(state);
  assertEquals(gate(directory), "open\n");
  const { mtime } = Deno.statSync(directory.file("gate"));
  assertEquals(Math.floor(+mtime! / 1000), Math.floor(+state.readAt / 1000) + 1000);
  using _lock = await directory.lockForDaemon([], []);
  directory.commit(state);
  assertEquals(gate(directory), "open 4711\n");
});

Deno.test("own directory: a gate that is not there is closed; one that cannot be closed is an error", async () => {
  await using own = owned();
  const { directory } = own;
  directory.closeGate();
  Deno.mkdirSync(`${directory.file("gate")}/in the way`, { recursive: true });
  assertThrows(() => directory.closeGate(), Error);
  // A block that cannot close the gate is not written either: hooks would pass by it.
  assertThrows(() => directory.commit(blockedFor(600)), Error);
  assertEquals(directory.state(), undefined);
});

Deno.test("own directory: one daemon at a time, which says what it is, sees and was given", async () => {
  await using own = owned();
  const { directory } = own;
  {
    using lock = await directory.lockForDaemon(["codex", "codexbar"], ["--threshold-percent=80"]);
    assertEquals(lock?.isOurs(), true);
    const text = Deno.readTextFileSync(directory.file("daemonLock"));
    assertEquals(text, `${buildId()}\ncodex codexbar\n--threshold-percent=80\n`);
    assertEquals(await directory.lockForDaemon([], []), undefined);
  }
  using lock = await directory.lockForDaemon([], []);
  assertEquals(lock?.isOurs(), true);
});

Deno.test("own directory: a guard that looks whether the daemon lives does not keep one from it", async () => {
  await using own = owned();
  const { directory } = own;
  Deno.writeTextFileSync(directory.file("daemonLock"), "");
  const looks = Deno.openSync(directory.file("daemonLock"), { read: true });
  assertEquals(looks.tryLockSync(false), true);
  const locked = directory.lockForDaemon([], []);
  looks.close();
  using lock = await locked;
  assertEquals(lock?.isOurs(), true);
});

for (const name of ["lockToAsk", "lockToRecord"] as const) {
  Deno.test(`own directory: ${name}: one after the other`, async () => {
    await using own = owned();
    const first = await own.directory[name]();
    let isHeld = false;
    const waits = own.directory[name]().then((lock) => {
      isHeld = true;
      return lock;
    });
    await Promise.resolve();
    assertEquals(isHeld, false);
    first![Symbol.dispose]();
    using second = await waits;
    assertEquals(second?.isOurs(), true);
  });
}

Deno.test("own directory: marks of turns go when they are a day old", async () => {
  await using own = owned();
  const { directory } = own;
  const now = new Date();
  await directory.removeOldMarks(now);
  directory.prepareTurns();
  directory.prepareTurns();
  const turns = directory.file("turns");
  assertEquals(Deno.statSync(turns).mode! & 0o777, 0o700);
  for (const [name, hours] of [["old", 25], ["young", 23]] as const) {
    Deno.writeTextFileSync(`${turns}/${name}`, "");
    const then = new Date(+now - hours * 3_600_000);
    Deno.utimeSync(`${turns}/${name}`, then, then);
  }
  await directory.removeOldMarks(now);
  assertEquals([...Deno.readDirSync(turns)].map(({ name }) => name), ["young"]);
  const told = directory.file("statusLine");
  Deno.mkdirSync(told);
  for (const [name, days] of [["old", 9], ["young", 7]] as const) {
    Deno.writeTextFileSync(`${told}/${name}`, "");
    const then = new Date(+now - days * 86_400_000);
    Deno.utimeSync(`${told}/${name}`, then, then);
  }
  await directory.removeOldMarks(now);
  assertEquals([...Deno.readDirSync(told)].map(({ name }) => name), ["young"]);
  Deno.removeSync(told, { recursive: true });
  await directory.removeTurnsIfEmpty();
  assertEquals([directory.isMarked("young"), directory.isMarked("old")], [true, false]);
  await directory.removeOldMarks(new Date(+now + 86_400_000));
  await directory.removeTurnsIfEmpty();
  assertEquals([...Deno.readDirSync(own.path)], []);
  Deno.writeTextFileSync(turns, "in the way");
  directory.prepareTurns();
  assertEquals(Deno.readTextFileSync(turns), "in the way");
});

Deno.test("own directory: the log is its own, and who is held is told", async () => {
  await using own = owned();
  own.directory.log(() => new Date(0)).write("line");
  assertMatch(
    Deno.readTextFileSync(`${own.path}/quota-sentry.log`),
    /^1970-01-01T00:00:00Z line\n$/,
  );
  // Nobody is.
  await own.directory.wake("open");
});

Deno.test("own state directory: places of those that never said who they are are removed", async () => {
  await using temporary = temporaryDirectory();
  const own = new OwnStateDirectory(temporary.path);
  await own.removeEmptyPlaces(new Date());
  Deno.mkdirSync(own.file("queue"));
  const files = { "0.place": "", "1.place": "12 12-1.wake\n", "13-1.wake": "" };
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(`${own.file("queue")}/${name}`, text);
  }
  const names = () => [...Deno.readDirSync(own.file("queue"))].map(({ name }) => name).sort();
  await own.removeEmptyPlaces(new Date());
  assertEquals(names(), ["0.place", "1.place", "13-1.wake"]);
  await own.removeEmptyPlaces(new Date(Date.now() + 61_000));
  assertEquals(names(), ["1.place", "13-1.wake"]);
});
