import { assert, assertEquals, assertMatch } from "@std/assert";
import { tryLock } from "../../../lib/files/lock.ts";
import type { GuardOptions } from "../../../lib/guard/arguments.ts";
import { beginHold, type Hold } from "../../../lib/guard/hold/hold.ts";
import { answerFor, step } from "../../../lib/guard/hold/in_script.ts";
import type { Outcome } from "../../../lib/guard/verdict.ts";
import { buildId } from "../../../lib/process/build_id.ts";
import { DEFAULT_GUARD_RULES, type QuotaState, type State } from "../../../lib/state/state.ts";
import { StateDirectory } from "../../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../../support/directory.ts";
import { blockedFor, inSeconds, stateWith, writeState } from "../../support/states.ts";

const START = new Date("2026-09-01T12:00:00Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

/** A hold that ends at `end` seconds, with the user's bound at `bound`. */
function holdFor(end: number, bound: number | null = null): Hold {
  const guard = { ...DEFAULT_GUARD_RULES, maxHoldSeconds: bound };
  return beginHold(START, at(end), { guard, blockMinutes: 300 } as QuotaState);
}

/** What the script is told at `now` seconds: the event, and in how many seconds it comes. */
function told(hold: Hold, now: number): { event: string; seconds: number } {
  const [, event, stretches, seconds] = answerFor(hold, at(now), 1).split(" ");
  assert(/^\d+$/.test(stretches!) && /^\d+\.\d{3}$/.test(seconds!), `${stretches} ${seconds}`);
  assert(Number(seconds) > 0, "a sleep of nothing");
  return { event: event!, seconds: Number(stretches) * 60 + Number(seconds) };
}

const TABLE: [string, Hold, number, string, number][] = [
  ["far from the end it looks again shortly before it", holdFor(600), 0, "look", 555],
  ["near the end it goes on by itself", holdFor(600), 500, "time", 100],
  ["a whole number of stretches", holdFor(600), 540, "time", 60],
  ["a moment before the end", holdFor(600), 599.999, "time", 0.001],
  ["at the end", holdFor(600), 600, "time", 0.001],
  ["past the end", holdFor(600), 900, "time", 0.001],
  ["a bound far before the end", holdFor(600, 300), 0, "look", 255],
  ["a bound just before the end", holdFor(600, 599), 555, "look", 44],
  ["a bound just before the end, from afar", holdFor(600, 599), 0, "look", 554],
  ["a bound at the end", holdFor(600, 600), 555, "time", 45],
  ["a bound behind the end", holdFor(600, 601), 555, "time", 45],
  ["a moment before the bound", holdFor(600, 300), 299.999, "look", 1],
  ["past the bound", holdFor(600, 300), 400, "look", 1],
  ["a bound beyond all dates is none", holdFor(600, 1e300), 555, "time", 45],
];
for (const [name, hold, now, event, seconds] of TABLE) {
  Deno.test(`step: ${name}: ${event} in ${seconds} s`, () => {
    assertEquals(told(hold, now), { event, seconds });
  });
}

Deno.test("step: wherever the bound is, the script asks a few times only, and never for nothing", () => {
  for (const end of [5, 30, 59, 60, 61, 105, 106, 600, 17_999]) {
    for (const before of [0.001, 0.5, 1, 2, 30, 44, 45, 46, 60, 104, 105, 106, 500]) {
      const hold = holdFor(end, Math.max(0.001, end - before));
      const bound = hold.bound!.getTime() / 1000 - START.getTime() / 1000;
      let asked = 0;
      for (let now = 0; now < bound; asked++) now += told(hold, now).seconds;
      assert(asked <= 3, `asked ${asked} times: end ${end}, bound ${before} before it`);
    }
  }
});

/** One look at a hold of ten minutes, with a state, and with what else is in the directory. */
async function look(
  state: State,
  { files = {}, daemon, hold = {}, options = {} }: {
    files?: Record<string, string>;
    /** The build of a daemon that lives. */
    daemon?: string;
    hold?: Partial<Hold>;
    options?: GuardOptions;
  } = {},
): Promise<Outcome> {
  await using directory = temporaryDirectory();
  const { path } = directory;
  writeState(path, state);
  // One that leads elsewhere is not written, which saves starting a program.
  Deno.symlinkSync("elsewhere", `${path}/quota-sentry.log`);
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(`${path}/${name}`, text);
  }
  using _lock = daemon === undefined ? undefined : tryLock(`${path}/quota-sentry.lock`, daemon);
  return await step(
    { ...beginHold(new Date(), inSeconds(600), state), staggerSeconds: 2, ...hold },
    {
      options: { stateOnly: true, hold: "new", ...options },
      directory: new StateDirectory(path),
      parent: Deno.pid,
    },
    "spent\n!",
  );
}

Deno.test("step: the daemon tells only where it lives and is of this build", async () => {
  const files = { "quota-sentry.pid": "4711\n" };
  const blocked = blockedFor(600);
  const ours = await look(blocked, { files, daemon: `${buildId()}\n\n` });
  assertMatch(ours.answer!, /^hold look 9 \S+ 2000 4711 .* spent !$/);
  const older = await look(blocked, { files, daemon: "0.0.1\n\n" });
  assertMatch(older.answer!, /^alone look 9 \S+ 2000 0 /);
  const none = await look(blocked, { files });
  assertMatch(none.answer!, /^alone /);
});

Deno.test("step: what ends a hold is told to the script: a reset for all, else nothing", async () => {
  assertEquals((await look(stateWith())).answer, "reset 2000");
  const over = await look(blockedFor(-1), { hold: { until: inSeconds(-1) } });
  assertEquals(over.answer, "reset 2000");
  const files = { "quota-sentry.pause": "2100-01-01T00:00:00Z" };
  const paused = await look(blockedFor(600), { files });
  assertEquals([paused.answer, paused.denial], [undefined, undefined]);
  const denied = await look(blockedFor(600), { hold: { bound: inSeconds(-1), then: "deny" } });
  assertEquals(denied.answer, undefined);
  assertMatch(denied.denial!, /maxHold/);
});

Deno.test("step: without a daemon it reads by itself; that this fails does not end the hold", async () => {
  const { answer } = await look(blockedFor(600), { options: { stateOnly: false } });
  assertMatch(answer!, /^alone look /);
});
