import { assertEquals, assertMatch } from "@std/assert";
import type { readQuota } from "../../../lib/guard/calls.ts";
import { beginHold } from "../../../lib/guard/hold/hold.ts";
import { waitHere } from "../../../lib/guard/hold/in_program.ts";
import { DEFAULT_GUARD_RULES } from "../../../lib/state/state.ts";
import { StateDirectory } from "../../../lib/state/state_directory.ts";
import { MovedClock } from "../../support/clock.ts";
import { temporaryDirectory } from "../../support/directory.ts";
import { blockedFor, inSeconds, stateWith, writeState } from "../../support/states.ts";

/** A clock that tells how long is waited, and lets something happen after each wait. */
class Waits extends MovedClock {
  readonly waits: number[] = [];

  constructor(now: Date, then: (wait: number) => void) {
    super(now);
    const { delay } = this;
    this.delay = async (ms, ...signals) => {
      this.waits.push(ms);
      await delay(ms, ...signals);
      then(this.waits.length);
    };
  }
}

/** A hold of an hour in a directory; what happens after which wait, and what came of it. */
async function held(
  then: (directory: string, wait: number, clock: MovedClock) => void,
  {
    guard = {},
    options = {},
    parent = Deno.ppid,
    seconds = 3600,
    begin = true,
    now = new Date(),
    place = undefined as number | undefined,
    read = undefined as typeof readQuota | undefined,
  } = {},
): Promise<{ text: string; denial?: string; waits: number[] }> {
  await using temporary = temporaryDirectory();
  const { path } = temporary;
  // One that leads elsewhere is not written, which saves starting a program.
  Deno.symlinkSync("elsewhere", `${path}/quota-sentry.log`);
  const state = blockedFor(seconds, { guard: { ...DEFAULT_GUARD_RULES, ...guard } });
  if (begin) writeState(path, state);
  const hold = beginHold(new Date(), state.blockedUntil!, state);
  const clock = new Waits(now, (wait) => then(path, wait, clock));
  const holder = {
    options: { stateOnly: true, ...options },
    directory: new StateDirectory(path),
    parent,
  };
  const outcome = await waitHere(hold, place, holder, clock, read);
  return { ...outcome, waits: clock.waits };
}

const open = (directory: string) => writeState(directory, stateWith({ reason: "reset" }));
const block = (directory: string) => writeState(directory, blockedFor(3600));
const pause = (directory: string) =>
  Deno.writeTextFileSync(`${directory}/quota-sentry.pause`, "2100-01-01T00:00:00Z");

Deno.test("in program: looks every second, until a reading is open", async () => {
  const { text, waits } = await held((path, wait) => {
    if (wait === 3) open(path);
  });
  assertEquals(waits, [1000, 1000, 1000]);
  assertMatch(text, /^held for \d+\.\d s, let go: reset$/);
});

Deno.test("in program: a pause lets go", async () => {
  const { text, waits } = await held((path, wait) => {
    if (wait === 2) pause(path);
  });
  assertEquals(waits.length, 2);
  assertMatch(text, /let go: paused$/);
});

Deno.test("in program: who is called by one that has ended does not wait", async () => {
  const { text, waits } = await held(() => {}, { parent: -1 });
  assertEquals(waits, []);
  assertMatch(text, /let go: the caller has ended$/);
});

Deno.test("in program: where the time is over nobody waits any more", async () => {
  const { text, waits } = await held(() => {}, { seconds: -1, begin: false });
  assertEquals(waits, []);
  assertMatch(text, /let go: the time to wait is over$/);
});

Deno.test("in program: at the user's bound the call goes on, or is denied", async () => {
  const bound = (then: "release" | "deny") =>
    held(() => {}, { guard: { maxHoldSeconds: 0, then } });
  assertEquals((await bound("release")).denial, undefined);
  assertEquals(
    (await bound("deny")).denial,
    "Quota Sentry: the longest hold (maxHold) is reached.",
  );
});

Deno.test("in program: a wall clock that is past the end does not make it spin", async () => {
  for (const guard of [{ maxHoldSeconds: 1800 }, {}]) {
    const { waits } = await held(open, { guard, now: inSeconds(4000) });
    assertEquals(waits, [1]);
  }
});

Deno.test("in program: agents that were held together start again one after the other", async () => {
  // Without a place, by the pid.
  for (const [place, turn] of [[0, 0], [3, 3], [undefined, Deno.pid % 16]] as const) {
    const { waits } = await held((path, wait) => {
      if (wait === 1) open(path);
    }, { guard: { staggerSeconds: 2 }, place });
    assertEquals(waits, Array(1 + turn * 2).fill(1000));
  }
});

Deno.test("in program: a pause lets go also who waits for his turn", async () => {
  const { waits, text } = await held((path, wait) => {
    if (wait === 1) open(path);
    if (wait === 2) pause(path);
  }, { guard: { staggerSeconds: 1000 } });
  assertEquals(waits.length, Deno.pid % 16 === 0 ? 1 : 2);
  assertMatch(text, Deno.pid % 16 === 0 ? /let go: reset$/ : /let go: paused$/);
});

Deno.test("in program: who waits for his turn is held on where the quota is spent again", async () => {
  const { waits, text } = await held((path, wait) => {
    if (wait === 1 || wait === 20) open(path);
    if (wait === 3) block(path);
  }, { guard: { staggerSeconds: 5 }, place: 1 });
  // The turn that came first was of no use; the second one is.
  assertEquals(waits, Array(25).fill(1000));
  assertMatch(text, /let go: reset$/);
});

Deno.test("in program: without a daemon it reads by itself; that this fails changes nothing", async () => {
  const reads: number[] = [];
  const { waits, text } = await held((path, wait) => {
    if (wait === 8) open(path);
  }, {
    options: { stateOnly: false, intervalSeconds: 3 },
    read: (_, __, seconds) => {
      reads.push(seconds);
      return Promise.resolve();
    },
  });
  // After three seconds, and after six.
  assertEquals(reads, [3, 3]);
  assertEquals(waits.length, 8);
  assertMatch(text, /let go: reset$/);
});

Deno.test("in program: newer readings move the end", async () => {
  // A whole second, as the state has it, and 700 ms.
  const now = new Date(Math.floor(Date.now() / 1000) * 1000 + 1_800_700);
  const { waits } = await held((path, wait, clock) => {
    const blockedUntil = new Date(clock.now().getTime() + (wait === 1 ? 300 : 3_600_000));
    if (wait < 3) writeState(path, blockedFor(0, { blockedUntil }));
    else open(path);
  }, { now });
  assertEquals(waits, [1000, 300, 1000]);
});
