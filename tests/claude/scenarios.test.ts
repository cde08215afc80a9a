import { assert, assertEquals, assertGreaterOrEqual, assertStringIncludes } from "@std/assert";
import { CODEXBAR, finish, kill, readText, until, usage } from "../support/sandbox.ts";
import {
  hasResults,
  lastTexts,
  type MockModel,
  type MockModelOptions,
  once,
  startMockModel,
} from "./mock_model.ts";
import { ClaudeSandbox, claudeTest } from "./session.ts";

/** Codexbar's answer for Claude. */
function claudeUsage(used: number, resetInSeconds = 3600): unknown {
  return JSON.parse(JSON.stringify(usage({ used, resetInSeconds })).replaceAll("codex", "claude"));
}

const QUICK = ["--interval-seconds=1", "--reset-buffer-seconds=1"];

/** A model, and a sandbox with our hooks installed as a user would have them. */
async function withHooks(
  options: MockModelOptions,
  test: (box: ClaudeSandbox, model: MockModel) => Promise<void>,
): Promise<void> {
  await using model = startMockModel(options);
  await using box = new ClaudeSandbox(model.port);
  const { code, stderr } = await box.run(["install-hook", "claude", ...QUICK]);
  assertEquals([code, stderr], [0, ""]);
  await test(box, model);
}

/** Spends the quota for some seconds; the daemon has seen it when this returns. */
async function spend(box: ClaudeSandbox, resetInSeconds: number): Promise<void> {
  box.codexbar(CODEXBAR.answers, claudeUsage(97, resetInSeconds));
  await box.run(["start", "--provider=claude", ...QUICK]);
  await until("the quota is spent", () => box.state?.status === "blocked");
}

/** The end of the block that is on, in milliseconds since 1970. */
const blockEnd = (box: ClaudeSandbox) => new Date(String(box.state?.blockedUntil)).getTime();

/** The places of those that are held, as `holds --json` tells them. */
async function holds(box: ClaudeSandbox): Promise<{ before: string; session: string }[]> {
  const { stdout } = await box.run(["holds", "--provider=claude", "--json"]);
  return JSON.parse(stdout).waiting;
}

async function untilHeld(box: ClaudeSandbox, before: string): Promise<void> {
  await until(
    `it is held before ${before}`,
    async () => (await holds(box)).some((each) => each.before === before),
  );
}

claudeTest(
  "an open turn goes through; the hooks add no request and no text to the model",
  async () => {
    const runs: string[][] = [];
    for (const isInstalled of [false, true]) {
      await using model = startMockModel({ script: once({ shell: "echo one" }) });
      await using box = new ClaudeSandbox(model.port);
      box.codexbar(CODEXBAR.answers, claudeUsage(28));
      if (isInstalled) assertEquals((await box.run(["install-hook", "claude"])).code, 0);
      const { code, stdout } = await box.turn();
      assertEquals([code, stdout], [0, "Done.\n"]);
      runs.push(model.requests.map((request) => lastTexts(request).at(-1)!));
      for (const { body } of model.requests) assert(!/quota.?sentry/i.test(JSON.stringify(body)));
      if (!isInstalled) continue;
      // The hooks did run: the first starts the daemon.
      await until("the daemon has read the quota", () => box.state?.status === "open");
    }
    assertEquals(runs[0], ["do it", "one"]);
    assertEquals(runs[1], runs[0]);
  },
);

claudeTest(
  "a block delays the prompt until the reset and its buffer, and the turn completes",
  () =>
    withHooks({}, async (box, model) => {
      await spend(box, 20);
      const end = blockEnd(box);
      const turn = box.turn();
      await untilHeld(box, "prompt");
      const { code, stdout } = await turn;
      assertEquals([code, stdout, model.requests.length], [0, "Done.\n", 1]);
      assertGreaterOrEqual(model.requests[0]!.atMs, end);
    }),
);

claudeTest("a block that begins in a turn delays the next request, and not the tools", () => {
  let box: ClaudeSandbox | undefined;
  let end = NaN;
  const beforeAnswer = async ({ number }: { number: number }) => {
    if (number > 1) return;
    await spend(box!, 15);
    end = blockEnd(box!);
  };
  const tool = { shell: 'date +%s%3N >>"$HOME/ran"' };
  return withHooks({ script: once(tool, tool), beforeAnswer }, async (sandbox, model) => {
    box = sandbox;
    box.codexbar(CODEXBAR.answers, claudeUsage(90));
    const turn = box.turn();
    await untilHeld(box, "request");
    // One place for the turn, however many tools it has called.
    assertEquals((await holds(box)).length, 1);
    assertEquals((await turn).code, 0);
    const ran = readText(`${box.home}/ran`)!.trim().split("\n").map(Number);
    assertEquals([ran.length, ran.every((atMs) => atMs < end)], [2, true]);
    assertEquals(model.requests.length, 2);
    assertGreaterOrEqual(model.requests[1]!.atMs, end);
  });
});

claudeTest("a sub-agent is held before it starts, and within", () => {
  let box: ClaudeSandbox | undefined;
  const ends: number[] = [];
  const isPart = (texts: string[]) => texts.includes("a part");
  return withHooks({
    script: (request) =>
      hasResults(request)
        ? [{ say: "Done." }]
        : isPart(lastTexts(request))
        ? [{ shell: "echo part" }]
        : [{ agent: "a part" }],
    beforeAnswer: async (request) => {
      if (hasResults(request)) return;
      await spend(box!, 12);
      ends.push(blockEnd(box!));
    },
  }, async (sandbox, model) => {
    box = sandbox;
    box.codexbar(CODEXBAR.answers, claudeUsage(90));
    const turn = box.turn();
    await untilHeld(box, "tool");
    await untilHeld(box, "request");
    assertEquals((await turn).code, 0);
    const times = model.requests.map(({ atMs }) => atMs);
    assertEquals(times.length, 4);
    assertGreaterOrEqual(times[1]!, ends[0]!);
    assertGreaterOrEqual(times[2]!, ends[1]!);
  });
});

claudeTest(
  "an early reset, a pause and a release each let a held turn go on",
  () =>
    withHooks({}, async (box, model) => {
      const letGo = [
        () => Promise.resolve(box.answer(claudeUsage(1))),
        () => box.run(["pause", "1m", "--provider=claude"]),
        () => box.run(["release", "--all", "--provider=claude"]),
      ];
      for (const [index, go] of letGo.entries()) {
        await spend(box, 600);
        const turn = box.turn();
        await untilHeld(box, "prompt");
        await go();
        assertEquals((await turn).code, 0);
        assertEquals(model.requests.length, index + 1);
        await box.run(["resume", "--provider=claude"]);
        box.answer(claudeUsage(1));
        await until("it is open", () => box.state?.status === "open");
      }
    }),
);

claudeTest("cancel drops a prompt, and ends a turn behind its tools, without a request", () => {
  let box: ClaudeSandbox | undefined;
  return withHooks({
    script: once({ shell: "echo one" }),
    beforeAnswer: async () => {
      if (box!.state?.status !== "blocked") await spend(box!, 600);
    },
  }, async (sandbox, model) => {
    box = sandbox;
    box.codexbar(CODEXBAR.answers, claudeUsage(90));
    for (const [step, requests] of [["request", 1], ["prompt", 1]] as const) {
      const turn = box.turn(["--output-format", "json"]);
      await untilHeld(box, step);
      const [held] = await holds(box);
      const cancelled = await box.run(["cancel", held!.session, "--provider=claude"]);
      assertEquals([cancelled.code, cancelled.stderr], [0, ""]);
      await turn;
      assertEquals(model.requests.length, requests);
    }
  });
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  claudeTest(
    `Claude Code ended by ${signal} while it is held leaves no process but the daemon`,
    () =>
      withHooks({}, async (box, model) => {
        await spend(box, 600);
        const turn = box.startTurn();
        await untilHeld(box, "prompt");
        const guards = () => box.processes().filter(({ command }) => command.includes(" guard "));
        assertGreaterOrEqual(guards().length, 1);
        kill(turn.pid, signal);
        await finish(turn);
        // The script that waits looks once a minute whether its caller is there; a state that is written wakes it.
        await until("the guards are gone", async () => {
          await box.run(["poll", "--provider=claude"]);
          return guards().length === 0;
        });
        assertEquals(model.requests.length, 0);
        await box.run(["stop", "--provider=claude"]);
        await until("nothing is left", () => box.processes().length === 0);
      }),
  );
}

claudeTest(
  "uninstalled while a session is held: the settings are as they were, and it goes on at its end",
  () =>
    withHooks({ script: once({ shell: "echo one" }) }, async (box, model) => {
      await spend(box, 20);
      const turn = box.turn();
      await untilHeld(box, "prompt");
      const removed = await box.run(["uninstall-hook", "claude"]);
      assertEquals([removed.code, removed.stderr], [0, ""]);
      assertStringIncludes(removed.stdout, "1 agent");
      assertEquals(box.settings, undefined);
      assertEquals((await turn).code, 0);
      assertEquals(model.requests.length, 2);
    }),
);

claudeTest(
  "a codexbar that is missing or fails, and an API key, stop nobody",
  () =>
    withHooks({}, async (box, model) => {
      assertEquals((await box.turn()).code, 0);
      box.codexbar(CODEXBAR.crashes);
      assertEquals((await box.turn()).code, 0);
      assertEquals((await box.turn([], { QUOTA_SENTRY_DISABLE: "1" })).code, 0);
      assertEquals(model.requests.length, 3);
    }),
);
