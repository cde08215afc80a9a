import { assertEquals } from "@std/assert";
import { resolveSettings, type Values } from "../../lib/config/settings.ts";
import { beginHold, stepHold } from "../../lib/guard/hold/hold.ts";
import { DaemonCourse } from "../../lib/daemon/course.ts";
import { runDaemon } from "../../lib/daemon/daemon.ts";
import { delay } from "../../lib/process/delay.ts";
import type { FollowerOptions } from "../../lib/quota/follower.ts";
import type { DatedReading, Reading, WindowsReading } from "../../lib/quota/reading.ts";
import type { QuotaWindow } from "../../lib/quota/window.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { until } from "../support/sandbox.ts";

const RESET = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
const WEEK = new Date(RESET.getTime() + 3 * 86_400_000);
/** Another reset, as of another account, or after an early one. */
const LATER = new Date(RESET.getTime() + 9_000_000);

function fiveHour(usedPercent: number, resetsAt: Date | null = RESET): QuotaWindow {
  return { id: "primary", usedPercent, windowMinutes: 300, resetsAt, extra: false };
}

function weekly(usedPercent: number, resetsAt = WEEK): QuotaWindow {
  return { id: "secondary", usedPercent, windowMinutes: 10_080, resetsAt, extra: false };
}

function asked(...windows: QuotaWindow[]): WindowsReading {
  return { kind: "windows", source: "codexbar", windows, problems: [] };
}

/** What a session wrote down. */
function told(...windows: QuotaWindow[]): DatedReading {
  return { ...asked(...windows), source: "sessions", asOf: new Date() };
}

/** Nobody could be asked. */
const FAILED: Reading = { kind: "failed", source: "auto", reason: "nobody tells it" };

/** A daemon in this process: what it is told, and what its source answers, is up to the test. */
class Watching implements AsyncDisposable {
  answer: () => Promise<Reading>;
  /** The names of the sources that it was to ask first. */
  readonly asked: (string | undefined)[] = [];
  values: Values;
  account = "a";
  /** Added to the clocks, in milliseconds. */
  passedMs = 0;
  readonly #directory = temporaryDirectory();
  readonly #state = new OwnStateDirectory(this.#directory.path);
  readonly #end = new AbortController();
  #tell!: FollowerOptions["onReading"];
  readonly #ended: Promise<boolean>;

  constructor(answer: WindowsReading, values: Values = {}) {
    this.answer = () => Promise.resolve(answer);
    this.values = { intervalSeconds: 3600, ...values };
    this.#ended = runDaemon({
      directory: this.#state,
      load: () => Promise.resolve(resolveSettings({ options: this.values })),
      sourceFor: () => (last) => ({
        name: "auto",
        read: () => {
          this.asked.push(last);
          return this.answer();
        },
      }),
      witnessesFor: () => [],
      follow: ({ onReading }) => {
        this.#tell = onReading;
        return {
          mode: "events",
          run: (signal) =>
            new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
          check: () => {},
        };
      },
      account: () => this.account,
      isHomeGone: () => false,
      clearForgotten: () => Promise.resolve([]),
      sees: [],
      rules: [],
      signal: this.#end.signal,
      clock: {
        now: () => new Date(Date.now() + this.passedMs),
        monotonicMs: () => performance.now() + this.passedMs,
        // It looks often.
        delay: (ms, ...signals) => delay(Math.min(ms, 20), ...signals),
      },
    });
  }

  /** One that has read once. */
  static async begin(answer: WindowsReading, values: Values = {}): Promise<Watching> {
    const watching = new Watching(answer, values);
    await until("it has read", () => watching.state !== undefined);
    return watching;
  }

  get state() {
    return this.#state.state();
  }

  /** A session is told that, now. */
  tell(...windows: QuotaWindow[]): void {
    this.#tell({ ...told(...windows), asOf: new Date(Date.now() + this.passedMs) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#ended;
    await this.#directory[Symbol.asyncDispose]();
  }
}

for (
  const [name, ...windows] of [
    ["no 5-hour window", weekly(20)],
    ["no window at all"],
    ["a 5-hour window without a reset", fiveHour(97, null), weekly(20)],
  ] as const
) {
  Deno.test(`daemon: sessions are held at the wall though the source shows ${name}`, async () => {
    await using watching = await Watching.begin(asked(fiveHour(80), weekly(20)));
    watching.tell(fiveHour(94), weekly(20));
    await until("it is told", () => watching.state?.usedPercent === 94);
    watching.answer = () => Promise.resolve(asked(...windows));
    // Something else has it ask: another account's line.
    watching.tell(fiveHour(10, LATER));
    await until("it has asked", () => watching.state?.source === "codexbar");
    assertEquals(watching.state?.status, "unknown");
    watching.tell(fiveHour(96), weekly(20));
    await until("it is blocked", () => watching.state?.status === "blocked");
    assertEquals(watching.state?.resetsAt, RESET);
  });
}

Deno.test("daemon: a second opinion counts, though sessions have told something newer meanwhile", async () => {
  await using watching = await Watching.begin(asked(fiveHour(50), weekly(20)));
  let used = 50;
  const goOn = async () => {
    const now = used += 0.5;
    watching.tell(fiveHour(now), weekly(20));
    await until("it is told", () => Number(watching.state?.usedPercent) >= now);
  };
  watching.answer = async () => {
    // While it is asked, sessions go on.
    await goOn();
    return asked(fiveHour(50), weekly(20));
  };
  const other = () => watching.tell(fiveHour(30, LATER));
  other();
  await until("it was asked", () => watching.asked.length === 2);
  for (let tries = 0; tries < 6; tries++) {
    await goOn();
    watching.passedMs += 20_000;
    other();
  }
  await goOn();
  // Once more at the most: the first of these may have come before the opinion.
  assertEquals(watching.asked.length <= 3, true, String(watching.asked.length));
});

Deno.test("daemon: the source that answered is asked first, also after sessions have told", async () => {
  await using watching = await Watching.begin(asked(fiveHour(50)));
  watching.tell(fiveHour(51));
  await until("it is told", () => watching.state?.source === "sessions");
  watching.tell(fiveHour(10, LATER));
  await until("it has asked", () => watching.asked.length === 2);
  assertEquals(watching.asked, [undefined, "codexbar"]);
});

Deno.test("daemon: a setting that was changed counts at once, also while sessions tell", async () => {
  await using watching = await Watching.begin(asked(fiveHour(50)));
  watching.tell(fiveHour(85));
  await until("it is told", () => watching.state?.usedPercent === 85);
  assertEquals(watching.state?.status, "open");
  watching.answer = () => Promise.resolve(asked(fiveHour(85)));
  watching.values = { ...watching.values, "windows.fiveHour.thresholdPercent": 80 };
  await until("it is blocked", () => watching.state?.status === "blocked");
});

Deno.test("daemon: where sessions alone tell, a threshold that is raised lets go as well", async () => {
  await using watching = new Watching(told(fiveHour(96)));
  await until("it has read", () => watching.asked.length === 1);
  watching.tell(fiveHour(94));
  await until("it is told", () => watching.state?.usedPercent === 94);
  watching.tell(fiveHour(96));
  await until("it is blocked", () => watching.state?.status === "blocked");
  watching.answer = () => Promise.resolve(told(fiveHour(96)));
  watching.values = { ...watching.values, "windows.fiveHour.thresholdPercent": 99 };
  await until("it is open", () => watching.state?.status === "open");
});

Deno.test("daemon: a source that is silent of a window lets no other account's lines be believed", async () => {
  for (
    const [name, ...shown] of [
      ["an account that has used nothing", fiveHour(0, null), weekly(0)],
      ["no window", ...[]],
      ["the week alone", weekly(20)],
    ] as const
  ) {
    await using watching = await Watching.begin(asked(fiveHour(40), weekly(20)));
    watching.tell(fiveHour(40.5), weekly(20));
    await until("it is told", () => watching.state?.usedPercent === 40.5);
    watching.answer = () => Promise.resolve(asked(...shown));
    let used = 97;
    for (let minute = 0; minute < 6; minute++) {
      watching.passedMs += 20_000;
      watching.tell(
        fiveHour(used += 0.25, LATER),
        weekly(20, new Date(WEEK.getTime() + 9_000_000)),
      );
      await delay(50);
      assertEquals(watching.state?.status === "blocked", false, `${name}, ${minute}`);
    }
    // Once for the doubt, and not for each line.
    assertEquals(watching.asked.length <= 3, true, `${name}: ${watching.asked.length}`);
  }
});

for (
  const [name, shown, doubted, ...own] of [
    ["a copied line", [weekly(20)], [fiveHour(60), weekly(20)], [94], [96]],
    ["a copied line, and no reset", [fiveHour(93, null)], [fiveHour(60)], [94], [96]],
    [
      "another account's line",
      [weekly(20)],
      [fiveHour(30, LATER), weekly(50, new Date(WEEK.getTime() + 99_000_000))],
      [94],
      [96],
    ],
  ] as const
) {
  Deno.test(`daemon: ${name} takes nothing from the account, where its window is not shown`, async () => {
    await using watching = await Watching.begin(asked(fiveHour(90), weekly(20)));
    watching.tell(fiveHour(93), weekly(20));
    await until("it is told", () => watching.state?.usedPercent === 93);
    watching.answer = () => Promise.resolve(asked(...shown));
    watching.tell(...doubted);
    await until("it has asked", () => watching.asked.length === 2);
    for (const [used] of own) {
      watching.passedMs += 10_000;
      watching.tell(fiveHour(used), weekly(20));
      await until("it is told", () => watching.state?.usedPercent === used);
    }
    assertEquals(watching.state?.status, "blocked");
  });
}

Deno.test("daemon: an early reset is held at its wall, also where the source shows the week alone", async () => {
  await using watching = await Watching.begin(asked(fiveHour(40), weekly(20)));
  watching.tell(fiveHour(41), weekly(20));
  await until("it is told", () => watching.state?.usedPercent === 41);
  watching.answer = () => Promise.resolve(asked(weekly(20)));
  for (const used of [60, 75, 90, 95, 96, 97]) {
    watching.passedMs += 10_000;
    watching.tell(fiveHour(used, LATER), weekly(20));
    await delay(100);
  }
  await until("it is blocked", () => watching.state?.status === "blocked");
});

Deno.test("daemon: what was told leads to no wall that a source has denied since", async () => {
  await using watching = await Watching.begin(asked(fiveHour(40, null)));
  watching.tell(fiveHour(90));
  await until("it is told", () => watching.state?.usedPercent === 90);
  watching.answer = () => Promise.resolve(asked(fiveHour(40, null)));
  watching.tell(fiveHour(10, LATER));
  await until("it has asked", () => watching.state?.source === "codexbar");
  watching.passedMs += 10_000;
  watching.tell(fiveHour(96));
  await until("it has asked", () => watching.asked.length === 3);
  await delay(100);
  assertEquals([watching.state?.status, watching.state?.usedPercent], ["open", 40]);
});

Deno.test("daemon: an early reset is told, also where the source shows the week alone", async () => {
  await using watching = await Watching.begin(asked(fiveHour(40), weekly(20)));
  watching.answer = () => Promise.resolve(asked(weekly(20)));
  watching.tell(fiveHour(10, new Date(RESET.getTime() + 99_000_000)));
  await until(
    "it has asked",
    () => watching.state?.source === "codexbar" && watching.asked.length > 1,
  );
  watching.tell(fiveHour(2, LATER), weekly(20));
  await until("it is told", () => watching.state?.usedPercent === 2);
  watching.tell(fiveHour(94, LATER), weekly(21));
  await until("it is told", () => watching.state?.usedPercent === 94);
  watching.tell(fiveHour(95, LATER), weekly(21));
  await until("it is blocked", () => watching.state?.status === "blocked");
});

Deno.test("daemon: what another account is signed in for is not held on the one before", async () => {
  await using watching = await Watching.begin(asked(fiveHour(90), weekly(20)), {
    intervalSeconds: 1,
    notIntoNewWeek: true,
  });
  watching.answer = () => Promise.resolve(told(fiveHour(96)));
  watching.tell(fiveHour(96));
  await until("it is blocked", () => watching.state?.status === "blocked");
  // Where sessions alone tell, nobody says anything of the new one before a request of it is answered.
  watching.answer = () => Promise.resolve(FAILED);
  watching.account = "b";
  await until("what was known is forgotten", () => watching.state?.status === "unknown");
  assertEquals([watching.state?.block, watching.state?.known], [undefined, undefined]);
  assertEquals(watching.state?.guard.notBeyond, null);
  watching.tell(fiveHour(5, LATER));
  await until("it is told", () => watching.state?.status === "open");
  assertEquals(watching.state?.usedPercent, 5);
});

Deno.test("daemon: what the account before wrote down is not believed of the one that is signed in", async () => {
  await using watching = await Watching.begin(asked(fiveHour(90), weekly(20)), {
    intervalSeconds: 1,
  });
  // As those that read it find it on disk, again and again.
  const last = told(fiveHour(96));
  watching.answer = () => Promise.resolve(last);
  watching.tell(fiveHour(96));
  await until("it is blocked", () => watching.state?.status === "blocked");
  const { blockedUntil } = watching.state!;
  const hold = beginHold(new Date(), blockedUntil!, watching.state);
  watching.account = "b";
  await until("what was known is forgotten", () => watching.state?.status === "unknown");
  const evidence = {
    state: watching.state,
    now: new Date(),
    isDaemonAlive: true,
    maxStateAgeSeconds: 180,
    isParentGone: false,
    isPaused: false,
  };
  assertEquals(stepHold(hold, evidence).kind, "release");
  const { length } = watching.asked;
  await until("it has asked again", () => watching.asked.length >= length + 3);
  assertEquals(watching.state?.status, "unknown");
  watching.tell(fiveHour(5, LATER));
  await until("it is told", () => watching.state?.status === "open");
});

Deno.test("daemon: a source that is behind lets nobody go, whatever a session wrote down besides", async () => {
  for (
    const [name, ...line] of [
      ["one that was on its way", fiveHour(94.7), weekly(20)],
      ["another account's", fiveHour(20, LATER), weekly(50, new Date(WEEK.getTime() + 99_000_000))],
    ] as const
  ) {
    await using watching = await Watching.begin(asked(fiveHour(90), weekly(20)));
    watching.tell(fiveHour(94.2), weekly(20));
    await until("it is told", () => watching.state?.usedPercent === 94.2);
    watching.tell(fiveHour(95.4), weekly(20));
    await until("it is blocked", () => watching.state?.status === "blocked");
    watching.answer = () => Promise.resolve(asked(fiveHour(94), weekly(20)));
    const { length } = watching.asked;
    watching.tell(...line);
    await until("it has asked", () => watching.asked.length > length);
    await delay(1500);
    assertEquals([watching.state?.status, watching.state?.usedPercent], ["blocked", 95.4], name);
  }
});

Deno.test("daemon: one wrong answer lets nobody go, though an old line was as open", async () => {
  await using watching = await Watching.begin(asked(fiveHour(94), weekly(20)));
  watching.tell(fiveHour(94.5), weekly(20));
  await until("it is told", () => watching.state?.usedPercent === 94.5);
  watching.tell(fiveHour(97), weekly(20));
  await until("it is blocked", () => watching.state?.status === "blocked");
  const answers = [asked(fiveHour(5, LATER), weekly(1))];
  const before: (string | undefined)[] = [];
  watching.answer = () => {
    before.push(watching.state?.status);
    return Promise.resolve(answers.shift() ?? asked(fiveHour(97), weekly(20)));
  };
  watching.tell(fiveHour(60), weekly(20));
  await until("it has asked again", () => before.length === 2, 10_000);
  assertEquals([...before, watching.state?.status], Array(3).fill("blocked"));
});

Deno.test("daemon: where nobody can be asked, another account's wall holds nobody while the own one goes on", async () => {
  await using watching = await Watching.begin(asked(fiveHour(20), weekly(20)));
  watching.answer = () => Promise.resolve(FAILED);
  for (let used = 20; used < 26; used++) {
    watching.tell(fiveHour(97, LATER));
    await delay(50);
    watching.passedMs += 10_000;
    watching.tell(fiveHour(used), weekly(20));
    await until("it is told", () => Number(watching.state?.usedPercent) >= used);
    assertEquals([watching.state?.status, watching.state?.usedPercent], ["open", used]);
  }
});

Deno.test("daemon: where nobody can be asked, a wall with another reset is believed, whatever came late before", async () => {
  await using watching = await Watching.begin(asked(fiveHour(60), weekly(20)));
  watching.answer = () => Promise.resolve(FAILED);
  watching.tell(fiveHour(60.5), weekly(20));
  await until("it is told", () => watching.state?.usedPercent === 60.5);
  watching.tell(fiveHour(96, LATER));
  await delay(50);
  // One that was on its way.
  watching.tell(fiveHour(60.6), weekly(20));
  await delay(50);
  for (let used = 96; used < 97; used += 0.25) {
    watching.passedMs += 20_000;
    watching.tell(fiveHour(used, LATER));
    await delay(50);
  }
  assertEquals(watching.state?.status, "blocked");
});

Deno.test("daemon: with a source that fails, other rules let go who is held on nothing else that is known", async () => {
  for (const [fiveHourPercent, status] of [[97, "blocked"], [50, "unknown"]] as const) {
    await using watching = await Watching.begin(asked(fiveHour(fiveHourPercent), weekly(88)), {
      "windows.weekly.mode": "hold",
      "windows.weekly.thresholdPercent": 80,
    });
    watching.answer = () => Promise.resolve(asked(fiveHour(fiveHourPercent), weekly(88)));
    await until("it is blocked", () => watching.state?.status === "blocked");
    assertEquals(watching.state?.blockMinutes, 10_080);
    watching.answer = () => Promise.resolve(FAILED);
    watching.values = { ...watching.values, "windows.weekly.mode": "off" };
    await until("it has asked", () => watching.state?.blockMinutes !== 10_080);
    const { state } = watching;
    assertEquals([state?.status, state?.forgottenAt], [status, undefined]);
    assertEquals(state?.droppedAt !== undefined, status === "unknown");
  }
});

Deno.test("daemon: what is said of one line is not taken for said of another", async () => {
  await using watching = await Watching.begin(asked(fiveHour(40), weekly(20)));
  watching.tell(fiveHour(40.5), weekly(20));
  await until("it is told", () => watching.state?.usedPercent === 40.5);
  const opinion = Promise.withResolvers<void>();
  watching.answer = () => opinion.promise.then(() => asked(fiveHour(40.5), weekly(20)));
  watching.tell(fiveHour(10, LATER), weekly(50, new Date(WEEK.getTime() + 99_000_000)));
  await until("it asks", () => watching.asked.length === 2);
  // Meanwhile much is used, elsewhere too.
  watching.passedMs += 6_000;
  watching.tell(fiveHour(96), weekly(21));
  await delay(100);
  opinion.resolve();
  await delay(100);
  watching.answer = () => Promise.resolve(asked(fiveHour(96), weekly(21)));
  watching.passedMs += 6_000;
  watching.tell(fiveHour(96.5), weekly(21));
  await until("it is blocked", () => watching.state?.status === "blocked", 5_000);
});

Deno.test("course: a clock that is set back has it asked anew, one that is kept right does not", () => {
  const { settings } = resolveSettings({ options: { intervalSeconds: 60 } });
  const asked = new Date("2026-09-01T12:00:00Z");
  const after = (ms: number) => new Date(asked.getTime() + ms);
  const course = new DaemonCourse();
  course.asked("late", asked);
  assertEquals(course.dueInSeconds(settings, after(-3_600_000)), 0);
  assertEquals(course.dueInSeconds(settings, after(-5_000)), 0);
  const seconds = course.dueInSeconds(settings, after(-200));
  assertEquals(seconds > 0 && seconds === course.dueInSeconds(settings, asked), true);
  assertEquals(course.dueInSeconds(settings, after(3_600_000)) <= 0, true);
});
