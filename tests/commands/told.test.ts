import { assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";
import { tokenCountLine } from "../support/token_count.ts";

/** A sandbox whose sessions write, and whose codexbar tells less or something else. */
class Sessions extends Sandbox {
  readonly resetsAt = Math.floor(Date.now() / 1000) + 3600;

  /** Writes what a session is told with an answer, as Codex does. */
  write(usedPercent: number, { session = "a", limit = "codex", ...window } = {}): void {
    const directory = `${this.codexHome}/sessions/2026/01/02`;
    Deno.mkdirSync(directory, { recursive: true });
    const path = `${directory}/rollout-${session}.jsonl`;
    Deno.writeTextFileSync(path, tokenCountLine(usedPercent, this.resetsAt, { limit, ...window }), {
      append: true,
    });
  }

  /** Percent used, as the state has it. */
  get used(): unknown {
    return this.state?.usedPercent;
  }

  get hasGate(): boolean {
    return readText(`${this.stateDir}/quota-sentry.gate`) !== undefined;
  }

  /** Starts a daemon that asks once and is told from then on. */
  static async begin(used: number): Promise<Sessions> {
    const box = new Sessions();
    Deno.mkdirSync(`${box.codexHome}/sessions`, { recursive: true });
    box.codexbar(CODEXBAR.answers, box.usage(used));
    box.configure({ intervalSeconds: 3600 });
    box.makeStateDirectory();
    await box.run(["start"]);
    await until("it has asked", () => box.used === used && box.state?.following === "events");
    return box;
  }

  usage(used: number): unknown {
    return usage({ used, resetInSeconds: this.resetsAt - Date.now() / 1000 - 1 });
  }
}

Deno.test("told: what a session writes is in the state at once; 94.99 holds nobody, 95 does", async () => {
  await using box = await Sessions.begin(80);
  for (const used of [88.5, 94.99]) {
    box.write(used);
    await until("it is told", () => box.used === used);
    assertEquals([box.state?.status, box.state?.source, box.hasGate], ["open", "sessions", true]);
  }
  box.write(95);
  await until("it is blocked", () => box.state?.status === "blocked");
  assertEquals([box.used, box.hasGate], [95, false]);
  assertEquals(box.calls.length, 1);
});

Deno.test("told: another limit, another account's and copied lines hold nobody and lift nothing", async () => {
  await using box = await Sessions.begin(80);
  box.write(99, { limit: "codex_bengalfox", session: "b" });
  box.write(99, { resets_at: box.resetsAt + 5000, session: "c" } as Record<string, unknown>);
  await until("it is looked into", () => box.calls.length >= 2);
  await until("the daemon has an answer", () => box.used === 80);
  assertEquals([box.state?.status, box.hasGate], ["open", true]);
  // Who has been refuted is not asked about again.
  const calls = box.calls.length;
  box.write(99, { resets_at: box.resetsAt + 5000, session: "c" } as Record<string, unknown>);
  box.write(94.5);
  await until("its own are told", () => box.used === 94.5);
  assertEquals(box.calls.length, calls);

  box.answer(box.usage(97));
  box.write(97);
  await until("it is blocked", () => box.state?.status === "blocked");
  box.write(41, { session: "fork" });
  await until("it is looked into", () => box.calls.length > calls);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals([box.state?.status, box.hasGate], ["blocked", false]);
});

Deno.test("told: a jump to the wall holds once somebody who is asked says the same", async () => {
  await using box = await Sessions.begin(20);
  box.answer(box.usage(98));
  box.write(98.25);
  await until("it is blocked", () => box.state?.status === "blocked");
  assertEquals(box.calls.length, 2);
});

Deno.test("told: whole percents that were asked for do not round a session's fraction up", async () => {
  await using box = await Sessions.begin(80);
  box.write(94.6);
  await until("it is told", () => box.used === 94.6);
  box.answer(box.usage(95));
  const { stdout } = await box.run(["poll"]);
  assertMatch(stdout, /^open: 94\.6% /);
  box.answer(box.usage(96));
  await box.run(["poll"]);
  assertEquals(box.state?.status, "blocked");
});

Deno.test("told: follow = false leaves the sessions alone", async () => {
  await using box = new Sessions();
  Deno.mkdirSync(`${box.codexHome}/sessions`, { recursive: true });
  box.codexbar(CODEXBAR.answers, box.usage(80));
  box.configure({ follow: false });
  box.makeStateDirectory();
  await box.run(["start"]);
  await until("it has asked", () => box.used === 80);
  box.write(99);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals([box.used, box.calls.length], [80, 1]);
});

Deno.test("a hold of days survives a reading that fails, for calls that come later too", async () => {
  await using box = new Sandbox();
  box.configure({ "windows.weekly.mode": "hold" });
  const [row] = usage({ used: 20 }) as { usage: { secondary: { usedPercent: number } } }[];
  row!.usage.secondary.usedPercent = 99;
  box.codexbar(CODEXBAR.answers, [row]);
  await box.run(["poll"]);
  assertEquals([box.state?.status, box.state?.blockMinutes], ["blocked", 10_080]);
  box.codexbar("exit 3");
  await box.run(["poll"]);
  assertEquals([box.state?.status, box.state?.blockMinutes], ["blocked", 10_080]);
  assertMatch(
    (await box.run(["status", "--long"])).stdout,
    /^agents wait until \d.* \(in 2 d \d+ h\)$/m,
  );
  const guard = box.spawn(["guard", "--state-only", "--max-state-age-seconds=600"]);
  const first = await Promise.race([
    guard.status.then(() => "let go"),
    new Promise((resolve) => setTimeout(() => resolve("held"), 1500)),
  ]);
  guard.kill("SIGKILL");
  await Promise.all([guard.stdout.cancel(), guard.stderr.cancel(), guard.status]);
  assertEquals(first, "held");
});

Deno.test("the first reading of all is read twice when it is at the wall; a flicker holds nobody", async () => {
  await using box = new Sandbox();
  const low = JSON.stringify(usage({ used: 40 }));
  box.codexbar(
    `${CODEXBAR.answers}; printf '%s' '${low}' >"$here/answer.json"`,
    usage({ used: 100 }),
  );
  const { stdout } = await box.run(["poll"]);
  assertMatch(stdout, /^open: 40% /);
  assertEquals(box.calls.length, 2);
});

Deno.test("told: a line is no witness of itself, where nobody can be asked", async () => {
  await using box = await Sessions.begin(90);
  box.write(96);
  await until("it is blocked", () => box.state?.status === "blocked");
  box.codexbar(CODEXBAR.crashes);
  const calls = box.calls.length;
  box.write(60, { session: "fork" });
  await until("it is looked into", () => box.calls.length > calls);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assertEquals([box.state?.status, box.hasGate], ["blocked", false]);
});

Deno.test("told: sessions that go on growing at the wall are held, though who is asked is behind", async () => {
  await using box = await Sessions.begin(70);
  box.write(96);
  await until("it is looked into", () => box.calls.length >= 2);
  await new Promise((resolve) => setTimeout(resolve, 500));
  box.write(96.5);
  await until("it is blocked", () => box.state?.status === "blocked");
  // One that is a little behind lets nobody go.
  box.answer(box.usage(94));
  assertMatch((await box.run(["poll"])).stdout, /^blocked: 96\.5% /);
  assertEquals([box.state?.status, box.hasGate], ["blocked", false]);
});
