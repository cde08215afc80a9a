import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { hookScript } from "../lib/harness/hook_script.ts";
import {
  BINARY,
  CODEXBAR,
  type Ended,
  finish,
  readText,
  Sandbox,
  until,
  usage,
} from "./support/sandbox.ts";
import { FakeClock, findTool } from "./support/tools.ts";
import { writeProgram } from "./support/programs.ts";

const LIBRARY = findTool("libfaketime.so");
const ignore = LIBRARY === undefined;
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const HOUR = 3600;
const DAY = 24 * HOUR;

/** A guard that is held, in a time that can be set. */
interface Held {
  readonly clock: FakeClock;
  readonly ended: Promise<Ended>;
  hasEnded: boolean;
}

/** A daemon in the clock's time; `start` would start one in the machine's. */
async function startDaemon(box: Sandbox, clock: FakeClock, interval: number): Promise<void> {
  Deno.mkdirSync(box.stateDir, { recursive: true, mode: 0o700 });
  box.adopt(
    new Deno.Command(BINARY, {
      args: ["daemon", `--interval-seconds=${interval}`, `--state-dir=${box.stateDir}`],
      cwd: box.stateDir,
      env: { ...box.env, ...clock.env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }),
  );
  // It is in the log once the daemon has turned to waiting.
  const log = () => readText(`${box.stateDir}/quota-sentry.log`) ?? "";
  await until("the first reading", () => / blocked /.test(log()));
}

/** The two ways in which a session waits. */
const WAYS: [string, (box: Sandbox, clock: FakeClock) => Promise<Held>][] = [
  ["the program", async (box, clock) => {
    box.writeState({
      status: "blocked",
      reason: "test",
      windowMinutes: 300,
      updatedAt: clock.iso(-1),
      blockedUntil: clock.iso(HOUR),
    });
    return await begin(box, clock, BINARY);
  }],
  ["the hook script", async (box, clock) => {
    box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: HOUR - 60 }));
    await startDaemon(box, clock, 600);
    const script = `${box.root}/hook`;
    writeProgram(script, hookScript(BINARY, box.stateDir), 0o700);
    const held = await begin(box, clock, script);
    await until(
      "it listens",
      () => namesIn(`${box.stateDir}/queue`).some((name) => /wake/.test(name)),
    );
    await delay(300);
    return held;
  }],
];

async function begin(box: Sandbox, clock: FakeClock, program: string): Promise<Held> {
  const notices = `${box.root}/notices`;
  const child = new Deno.Command(program, {
    args: ["guard", "--state-only", `--state-dir=${box.stateDir}`],
    env: { ...box.env, ...clock.env, QUOTA_SENTRY_NOTICE_FILE: notices },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const held: Held = { clock, ended: finish(child, "{}"), hasEnded: false };
  held.ended.finally(() => held.hasEnded = true);
  await until("it is held", () => readText(notices) !== undefined);
  return held;
}

async function assertGoesOn(held: Held): Promise<void> {
  await until("it goes on", () => held.hasEnded);
  const { code, stdout, stderr } = await held.ended;
  assertEquals([code, stdout, stderr], [0, "", ""]);
}

async function assertHolds(held: Held): Promise<void> {
  await delay(2_500);
  assert(!held.hasEnded, "it is held still");
}

for (const [name, hold] of WAYS) {
  const test = (what: string, fn: (box: Sandbox, held: Held) => Promise<void>) =>
    Deno.test({
      name: `time: ${name}: ${what}`,
      ignore,
      fn: async () => {
        await using box = new Sandbox();
        const held = await hold(box, new FakeClock(box.root, LIBRARY!));
        try {
          await fn(box, held);
        } finally {
          // Whatever it waits for, a pause ends it.
          if (!held.hasEnded) await box.run(["pause", "--for=1m"], { env: held.clock.env });
          await held.ended;
        }
      },
    });

  test(
    "asleep for hours across the reset, it goes on when the machine wakes",
    async (_box, held) => {
      await assertHolds(held);
      held.clock.jump(7 * HOUR);
      await assertGoesOn(held);
    },
  );

  test(
    "a clock that is set forward, but not to the end, holds until the end",
    async (box, held) => {
      held.clock.jump(HOUR - 70);
      await assertHolds(held);
      const end = Date.parse(box.state!.blockedUntil as string);
      held.clock.jump((end - held.clock.now()) / 1000 - 4);
      await assertGoesOn(held);
      assertGreater(held.clock.now(), end - 1);
    },
  );

  test(
    "a clock that is set back by minutes holds still, and ends by evidence",
    async (box, held) => {
      held.clock.jump(-600);
      await assertHolds(held);
      box.codexbar(CODEXBAR.answers, usage({ used: 3, resetInSeconds: 17_000 }));
      const { stdout } = await box.run(["poll"], { cwd: box.stateDir, env: held.clock.env });
      assertMatch(stdout, /^open/);
      await assertGoesOn(held);
    },
  );

  test("a clock that is set back by days lets go", async (_box, held) => {
    held.clock.jump(-3 * DAY);
    await assertGoesOn(held);
  });
}

Deno.test({
  name: "time: a reset that slides ahead for ever ends a hold all the same",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const clock = new FakeClock(box.root, LIBRARY!);
    const slide = () =>
      box.writeState({
        status: "blocked",
        reason: "test",
        windowMinutes: 300,
        updatedAt: clock.iso(-1),
        blockedUntil: clock.iso(2 * HOUR),
      });
    slide();
    const held = await begin(box, clock, BINARY);
    let hours = 0;
    for (; !held.hasEnded && hours < 13; hours++) {
      clock.jump(HOUR);
      slide();
      await delay(1_500);
    }
    await assertGoesOn(held);
    // A window's length, and what a window may claim beyond.
    assertGreater(hours, 4);
    assertLess(hours, 12);
  },
});

for (
  const [name, zone, instant] of [
    ["ends", "Europe/Berlin", "2026-10-25T00:59:55Z"],
    ["begins", "America/New_York", "2027-03-14T06:59:55Z"],
  ] as const
) {
  Deno.test({
    name: `time: a hold across the hour in which summer time ${name}`,
    ignore,
    fn: async () => {
      await using box = new Sandbox();
      const clock = new FakeClock(box.root, LIBRARY!, new Date(instant));
      const end = Date.parse(instant) + 10_000;
      box.writeState({
        status: "blocked",
        reason: "test",
        windowMinutes: 300,
        updatedAt: clock.iso(-1),
        blockedUntil: new Date(end).toISOString(),
      });
      const ended = await box.run(["guard", "--state-only"], { env: { ...clock.env, TZ: zone } });
      assertEquals(ended.code, 0);
      assertGreater(clock.now(), end - 1);
      assertLess(clock.now(), end + 300_000);
    },
  });
}

Deno.test({
  name: "time: the daemon reads at once when the clock has jumped during a hold",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const clock = new FakeClock(box.root, LIBRARY!);
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    await startDaemon(box, clock, 600);
    const calls = box.calls.length;
    clock.jump(2 * HOUR);
    await until("it reads", () => box.calls.length > calls);
    await until(
      "it says so",
      () => /clock jumped/.test(readText(`${box.stateDir}/quota-sentry.log`)!),
    );
  },
});

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch {
    // It is made by the first that is held.
    return [];
  }
}
