import { assertEquals } from "@std/assert";
import { lastReading } from "../../../lib/harness/claude/quota/last_reading.ts";
import { StateDirectory } from "../../../lib/state/state_directory.ts";
import { MovedClock } from "../../support/clock.ts";
import { Sandbox } from "../../support/sandbox.ts";

const SESSION = "7f905b24-dc6f-4803-8c84-6fcbf57b32e9";

const ANSWERED = new Date("2026-09-01T12:00:00Z");

const after = (ms: number): Date => new Date(ANSWERED.getTime() + ms);

/** A session that has answered, and what its status line has been told. */
class Session extends Sandbox {
  readonly transcript = `${this.home}/${SESSION}.jsonl`;
  readonly directory = new StateDirectory(this.stateDir);

  constructor() {
    super("quota-sentry-claude");
    Deno.mkdirSync(`${this.stateDir}/statusline`, { recursive: true });
    const line = JSON.stringify({ type: "assistant", timestamp: ANSWERED.toISOString() });
    Deno.writeTextFileSync(this.transcript, `${line}\n{"type":"user"}\n`);
  }

  /** The status line hands on what it was told. */
  tell(usedPercent: number, at: Date): void {
    const path = `${this.stateDir}/statusline/${SESSION}`;
    const limits = { five_hour: { used_percentage: usedPercent, resets_at: 1788268920 } };
    Deno.writeTextFileSync(path, `1 ${JSON.stringify(limits)}\n`);
    Deno.utimeSync(path, at, at);
  }

  async read(clock: MovedClock): Promise<number | undefined> {
    return (await lastReading(this.transcript, this.directory, clock))?.windows[0]?.usedPercent;
  }
}

/** One with which something happens when so much time has passed. */
class ClockWith extends MovedClock {
  constructor(now: Date, atMs: number, happens: () => void) {
    super(now);
    const { delay } = this;
    this.delay = async (ms) => {
      await delay(ms);
      if (this.monotonicMs() === atMs) happens();
    };
  }
}

Deno.test("a session's last reading: that of the request before is not used where its own is to come", async () => {
  await using session = new Session();
  session.tell(90, after(-5000));
  const clock = new ClockWith(after(10), 300, () => session.tell(97, after(310)));
  assertEquals([await session.read(clock), clock.monotonicMs()], [97, 300]);
  // It is there now.
  assertEquals([await session.read(clock), clock.monotonicMs()], [97, 300]);
});

Deno.test("a session's last reading: one that does not come is given up 1.5 s behind the answer", async () => {
  await using session = new Session();
  session.tell(90, after(-5000));
  const clock = new MovedClock(after(10));
  assertEquals([await session.read(clock), clock.now()], [90, after(1500)]);
  // Nor is it waited for again.
  const passed = clock.monotonicMs();
  assertEquals([await session.read(clock), clock.monotonicMs()], [90, passed]);
  // A wall clock that was set back makes it no longer.
  const early = new MovedClock(after(-3600_000));
  assertEquals([await session.read(early), early.monotonicMs()], [90, 1500]);
});

Deno.test("a session's last reading: one without a status line is not waited for", async () => {
  await using session = new Session();
  const clock = new MovedClock(after(10));
  assertEquals([await session.read(clock), clock.monotonicMs()], [undefined, 0]);
});
