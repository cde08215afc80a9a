import { assert, assertEquals, assertMatch } from "@std/assert";
import { named } from "../../lib/commands/held_sessions.ts";
import { nameOf } from "../../lib/report/session_name.ts";
import type { Waiting } from "../../lib/state/waiting.ts";
import { deadSession } from "../support/dead_session.ts";
import { Held, inputOf } from "../support/held.ts";
import { finish, Sandbox, until } from "../support/sandbox.ts";

/** One that waits; what is left out does not matter. */
function waiting(pid: number, session: string | undefined, directory: string | undefined): Waiting {
  return { pid, session, directory, since: new Date(0), until: undefined, step: "model" };
}

const ONE = waiting(11, "019aaaaa-1111", "/home/me/app");
const SAME = waiting(12, "019aaaaa-1111", "/home/me/app");
const TWO = waiting(13, "019aaaaa-2222", "/home/me/lib");
const PID = waiting(14, "11bbbbbb", "/src/app");
const NONE = waiting(15, undefined, undefined);
const ALL = [ONE, SAME, TWO, PID, NONE];

const NAMED: [string, readonly Waiting[] | RegExp][] = [
  ["019aaaaa-1", [ONE, SAME]],
  ["019aaaaa-2222", [TWO]],
  ["/home/me/app", [ONE, SAME]],
  ["lib", [TWO]],
  ["11", [ONE]],
  ["11b", [PID]],
  ["15", [NONE]],
  ["019", /^"019" names 3 of those that wait: 019aaaaa-1111 in \/home\/me\/app \(pid 11\), .*\)$/],
  ["app", /^"app" names 3 of/],
  ["me", /^nobody who waits is named "me"; there are: .*, pid 15 \(pid 15\)$/],
  ["", /^nobody who waits is named ""/],
];
for (const [word, expected] of NAMED) {
  Deno.test(`holds: "${word}" names ${expected instanceof RegExp ? "none" : expected.length}`, () => {
    const found = named(word, ALL);
    if (expected instanceof RegExp) assertMatch(String(found), expected);
    else assertEquals(found, expected);
  });
}

Deno.test("holds: a session's name is as long as tells it from the others", () => {
  assertEquals([ONE, PID, NONE].map((each) => nameOf(each, ALL)), [
    "019aaaaa-1111",
    "11bbbbbb",
    "pid 15",
  ]);
  assertEquals(nameOf(ONE, [ONE, SAME, PID]), "019aaaaa");
});

Deno.test({
  name: "holds: tells who waits, where, since when, until when, before what and why",
  fn: async () => {
    await using box = await Held.begin();
    const before = Math.floor(Date.now() / 1000) * 1000;
    const call = box.call({
      input: inputOf("019aaaaa-1111-7222"),
      args: "guard --on=model",
      cwd: box.home,
    });
    await box.listening(1);
    const guard = finish(box.spawn(["guard", "--state-only", "--no-notify"], { cwd: box.root }));
    deadSession(box, { place: "run" });
    const json = async () => JSON.parse((await box.run(["holds", "--json"])).stdout);
    await until("both wait", async () => (await box.held()).length === 2);
    const { schemaVersion, home, stateDirectory, waiting, stopped } = await json();
    assertEquals([schemaVersion, home, stateDirectory], [1, box.codexHome, box.stateDir]);
    assertEquals(stopped.length, 1);
    const held = waiting.find(({ pid }: { pid: number }) => pid === call.pid);
    const { since, until: end, why, ...rest } = held;
    assertEquals(rest, {
      session: "019aaaaa-1111-7222",
      pid: call.pid,
      directory: box.home,
      before: "model",
    });
    assert(Date.parse(since) >= before && Date.parse(since) <= Date.now());
    assertEquals(end, box.state!.blockedUntil);
    assertMatch(why, /^97% of the 5-hour window is used/);
    const other = waiting.find(({ pid }: { pid: number }) => pid !== call.pid);
    assertEquals([other.session, other.directory, other.before], [null, box.root, null]);

    const { stdout } = await box.run(["holds"], { env: { HOME: box.home, TZ: "UTC" } });
    const time = String.raw`(\d{4}-\d\d-\d\d )?\d\d:\d\d`;
    assertMatch(stdout, /^2 agents wait: 97% of the 5-hour window is used; the threshold is 95%\n/);
    assertMatch(
      stdout,
      new RegExp(
        String
          .raw`\n {2}019aaaaa  .*\n {4}since ${time}, until ${time} UTC, before a request to the model, pid ${call.pid}\n`,
      ),
    );
    assertMatch(stdout, /\n1 session stopped at the wall: quota-sentry revive\n {2}\w{8} {2}/);
    const all = await box.run(["holds", "--all"]);
    assertMatch(all.stdout, /^~\/\.codex:\n {2}2 agents wait: /);
    assertEquals(JSON.parse((await box.run(["holds", "--all", "--json"])).stdout).homes.length, 1);
    await box.run(["pause"]);
    await guard;
  },
});

Deno.test("holds: says so where nobody waits, and makes nothing", async () => {
  await using box = new Sandbox();
  assertEquals((await box.run(["holds"])).stdout, "nobody waits\n");
  for (const command of [["release"], ["release", "--all"]]) {
    const { code, stdout } = await box.run(command);
    assertEquals([code, stdout], [0, "nobody waits; nothing was released\n"]);
  }
  const { code, stderr } = await box.run(["cancel", "019a"]);
  assertEquals([code, stderr], [1, "quota-sentry: nobody waits; nothing was cancelled\n"]);
  assertEquals((await box.run(["cancel"])).code, 64);
  assertEquals((await box.run(["release", "--all", "019a"])).code, 64);
  assertEquals([...Deno.readDirSync(box.home)], []);
});
