import { assertEquals } from "@std/assert";
import type { Block } from "../../lib/quota/block.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { mayPass, wishFor, wishPath } from "../../lib/state/requests.ts";
import type { State } from "../../lib/state/state.ts";
import type { Waiting } from "../../lib/state/waiting.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { stateWith, writeState } from "../support/states.ts";

const START = Math.floor(Date.now() / 1000) * 1000;
const at = (seconds: number) => new Date(START + seconds * 1000);

/** One of the session `019a` that has waited since `at(0)`; nothing listens under its pid. */
const WAIT: Waiting = {
  pid: 2147483646,
  since: at(0),
  until: at(600),
  session: "019a",
  step: "model",
  directory: undefined,
};

/** A block since some second, to another, on a window. */
function blocked(since: number, until: number, what: Block["what"] = "fiveHour"): State {
  const blockedUntil = at(until);
  return stateWith({
    status: "blocked",
    blockedUntil,
    block: {
      what,
      windowId: what === "account" ? null : "primary",
      windowMinutes: 300,
      resetsAt: at(until - 60),
      blockedUntil,
      source: "test",
      since: at(since),
      reason: "test",
    },
  });
}

const unnoted = (until: number) => stateWith({ status: "blocked", blockedUntil: at(until) });

/** A session that is released on one state, and whether it then passes on another. */
const CASES: [string, State, State, boolean][] = [
  ["the same block", blocked(0, 600), blocked(0, 600), true],
  ["its end moves with each reading", blocked(0, 600), blocked(0, 6000), true],
  ["another source calls it the account", blocked(0, 600), blocked(0, 610, "account"), true],
  ["the week is spent meanwhile", blocked(0, 600), blocked(0, 90_000, "weekly"), false],
  ["it was open in between", blocked(0, 600), blocked(300, 600), false],
  ["the window has reset", blocked(0, 600), blocked(700, 18_600), false],
  ["open", blocked(0, 600), stateWith(), false],
  ["unknown, where it waits for that", blocked(0, 600), stateWith({ status: "unknown" }), false],
  [
    "unknown, and still so",
    stateWith({ status: "unknown" }),
    stateWith({ status: "unknown" }),
    true,
  ],
  ["unknown, and then blocked", stateWith({ status: "unknown" }), blocked(0, 600), false],
  ["a state that tells of no block's begin", unnoted(600), unnoted(630), true],
  ["and of another end", unnoted(600), unnoted(1200), false],
  ["released while it opens: only this wait", stateWith(), stateWith(), false],
];
for (const [name, then, now, passes] of CASES) {
  Deno.test(`requests: ${name}: ${passes ? "passes" : "is held"}`, async () => {
    await using temporary = temporaryDirectory();
    const { path } = temporary;
    const own = new OwnStateDirectory(path);
    writeState(path, then);
    assertEquals([wishFor(own, WAIT, "019a"), mayPass(own, "019a")], [undefined, false]);
    await own.ask("release", [WAIT]);
    assertEquals(wishFor(own, WAIT, undefined), "release");
    writeState(path, now);
    assertEquals(mayPass(own, "019a"), passes);
    for (const other of ["019", "019b", "..", null, undefined]) {
      assertEquals(mayPass(own, other), false);
    }
    // The next of its waits.
    const next = { pid: WAIT.pid, since: at(1) };
    assertEquals(wishFor(own, next, "019a"), passes ? "release" : undefined);
  });
}

Deno.test("requests: they are private, and for one wait alone", async () => {
  await using temporary = temporaryDirectory();
  const own = new OwnStateDirectory(temporary.path);
  writeState(temporary.path, blocked(0, 600));
  await own.ask("release", [WAIT]);
  await own.ask("cancel", [WAIT, { ...WAIT, pid: 7, session: undefined }]);
  const requests = own.file("requests");
  assertEquals(Deno.statSync(requests).mode! & 0o777, 0o700);
  const names = () => [...Deno.readDirSync(requests)].map(({ name }) => name).sort();
  const since = START / 1000;
  assertEquals(names(), [
    `cancel-2147483646-${since}`,
    `cancel-7-${since}`,
    `release-2147483646-${since}`,
    "session-019a",
  ]);
  for (const name of names()) {
    assertEquals(Deno.statSync(`${requests}/${name}`).mode! & 0o777, 0o600);
  }
  assertEquals(wishFor(own, { pid: 7, since: at(0) }, undefined), "cancel");
  await own.removeAsked("cancel", [WAIT]);
  assertEquals(names()[0], `cancel-7-${since}`);
});

Deno.test("requests: what is no request, or no file, asks for nothing", async () => {
  await using temporary = temporaryDirectory();
  const own = new OwnStateDirectory(temporary.path);
  writeState(temporary.path, blocked(0, 600));
  const requests = own.file("requests");
  Deno.mkdirSync(requests);
  for (const text of ["", "null", "{}", '{"since":1,"what":2,"until":3}', "x".repeat(10_000)]) {
    Deno.writeTextFileSync(`${requests}/session-019a`, text);
    assertEquals(mayPass(own, "019a"), false, text.slice(0, 40));
  }
  Deno.mkdirSync(wishPath(own, "release", WAIT));
  Deno.symlinkSync("session-019a", wishPath(own, "cancel", WAIT));
  assertEquals(wishFor(own, WAIT, "019a"), undefined);
});

Deno.test("requests: the daemon removes what is outdated, a minute later", async () => {
  await using temporary = temporaryDirectory();
  const { path } = temporary;
  const own = new OwnStateDirectory(path);
  await own.removeOldRequests(new Date());
  writeState(path, blocked(0, 600));
  await own.ask("release", [WAIT]);
  await own.ask("cancel", [WAIT]);
  const names = () => [...Deno.readDirSync(own.file("requests"))].map(({ name }) => name).sort();
  await own.removeOldRequests(new Date());
  assertEquals(names().length, 3);
  const later = new Date(Date.now() + 61_000);
  await own.removeOldRequests(later);
  assertEquals(names(), ["session-019a"]);
  Deno.removeSync(`${path}/state.json`);
  await own.removeOldRequests(later);
  assertEquals(names(), ["session-019a"], "nothing says that its block is over");
  writeState(path, stateWith());
  await own.removeOldRequests(later);
  assertEquals(names(), []);
});

Deno.test("requests: the daemon removes nothing where a link leads, and goes on past a directory", async () => {
  await using temporary = temporaryDirectory();
  await using elsewhere = temporaryDirectory();
  const own = new OwnStateDirectory(temporary.path);
  const later = new Date(Date.now() + 2 * 86_400_000);
  Deno.writeTextFileSync(`${elsewhere.path}/theirs`, "");
  Deno.symlinkSync(elsewhere.path, own.file("requests"));
  Deno.symlinkSync(elsewhere.path, own.file("turns"));
  await own.removeOldRequests(later);
  await own.removeOldMarks(later);
  assertEquals([...Deno.readDirSync(elsewhere.path)].map(({ name }) => name), ["theirs"]);

  Deno.removeSync(own.file("requests"));
  for (const name of ["a", "b", "c"]) {
    Deno.mkdirSync(`${own.file("requests")}/full-${name}/in`, { recursive: true });
    Deno.writeTextFileSync(`${own.file("requests")}/${name}`, "");
  }
  await own.removeOldRequests(later);
  const left = [...Deno.readDirSync(own.file("requests"))].map(({ name }) => name).sort();
  assertEquals(left, ["full-a", "full-b", "full-c"]);
});
