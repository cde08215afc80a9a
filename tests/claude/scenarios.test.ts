import { existsSync } from "@std/fs/exists";
import { join } from "@std/path";
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertStringIncludes,
} from "@std/assert";
import { CODEXBAR, finish, kill, readText, until } from "../support/sandbox.ts";
import {
  hasResults,
  type Item,
  lastTexts,
  type MockModel,
  type ModelRequest,
  once,
  startMockModel,
} from "./mock_model.ts";
import { ClaudeSandbox, ClaudeSession, claudeTest, claudeUsage } from "./session.ts";

/** What the model is to do in this step. */
interface Step {
  script: (request: ModelRequest) => readonly Item[];
  beforeAnswer: (request: ModelRequest) => Promise<void>;
}

const ANSWERS: Step = { script: () => [{ say: "Done." }], beforeAnswer: () => Promise.resolve() };

/** The end of a block that is read from now on, in milliseconds since 1970: its reset, and the buffer. */
function blockEnd(answer: unknown): number {
  const [{ usage }] = answer as [{ usage: { primary: { resetsAt: string } } }];
  return new Date(usage.primary.resetsAt).getTime() + 1000;
}

/** Has the quota reset in two seconds, and tells when the block then ends. */
function resetSoon(box: ClaudeSandbox): number {
  const answer = claudeUsage(97, 2);
  box.answer(answer);
  return blockEnd(answer);
}

/** When a hook looked last whether the gate is open, in milliseconds since 1970: it touches this file for that. */
function asked(box: ClaudeSandbox): number {
  const path = join(box.stateDir, "quota-sentry.now");
  // No hook has met a gate yet.
  return existsSync(path) ? Deno.statSync(path).mtime!.getTime() : 0;
}

/** Runs a turn; returns what it came to, and the requests that it made. */
function turn(
  session: ClaudeSession,
  model: MockModel,
  prompt: string,
): Promise<[string, readonly ModelRequest[]]> {
  const before = model.requests.length;
  const ended = session.prompt(prompt).then((result): [string, readonly ModelRequest[]] => [
    result,
    model.requests.slice(before),
  ]);
  // A step that fails before it waits for it has failed for a reason of its own.
  ended.catch(() => {});
  return ended;
}

/** One session from the first to the last of these: it takes long to start. */
claudeTest("an unattended session", async (t) => {
  let step = ANSWERS;
  await using model = startMockModel({
    script: (request) => step.script(request),
    beforeAnswer: (request) => step.beforeAnswer(request),
  });
  const settings = JSON.stringify({ permissions: { allow: ["Bash"] } }, null, 4);
  await using box = new ClaudeSandbox(model.port, { settings });
  await using session = new ClaudeSession(box);

  /** Begins with an open quota, and ends with nobody held. */
  async function scenario(
    name: string,
    run: () => Promise<void>,
    doing: Partial<Step> = {},
  ): Promise<void> {
    await t.step(name, async () => {
      step = { ...ANSWERS, ...doing };
      await box.open();
      await run();
      await box.untilNoneWaits();
    });
  }

  await t.step("open: the hooks add no request and no text to the model", async () => {
    step = { ...ANSWERS, script: once({ shell: "echo one" }) };
    box.codexbar(CODEXBAR.answers, claudeUsage(1));
    const [without, requests] = await turn(session, model, "do it");
    assertEquals(requests.map((request) => lastTexts(request).at(-1)), ["do it", "one"]);
    await box.install();
    assertEquals(box.state, undefined);
    // A session that is open takes its settings over a second or so after they were written: from the
    // first turn then that is one with our hooks, a daemon reads the quota.
    await until("its hooks run, and the daemon has read the quota", async () => {
      await session.prompt("do it");
      return box.state?.status === "open";
    });
    const before = asked(box);
    const [withOurs, same] = await turn(session, model, "do it");
    assertGreater(asked(box), before);
    assertEquals(withOurs, without);
    assertEquals(same.map(lastTexts), [["do it"], ["one"]]);
    for (const { body } of same) assert(!/quota.?sentry/i.test(JSON.stringify(body)));
  });

  await scenario("held at a prompt until the reset and its buffer", async () => {
    await box.spend();
    const running = turn(session, model, "do it");
    await box.untilHeld("prompt");
    const end = resetSoon(box);
    const [result, requests] = await running;
    assertEquals([result, requests.length], ["Done.", 1]);
    assertGreaterOrEqual(requests[0]!.atMs, end);
  });

  const tool = { shell: 'date +%s%3N >>"$HOME/ran"' };
  await scenario(
    "held behind its tools, which have run, before the next request",
    async () => {
      const running = turn(session, model, "do it");
      await box.untilHeld("request");
      // One place for the turn, however many tools it has called.
      assertEquals(box.waiting().length, 1);
      const ran = readText(`${box.home}/ran`)!.trim().split("\n");
      assertEquals(ran.length, 2);
      const end = resetSoon(box);
      const [result, requests] = await running;
      assertEquals([result, requests.length], ["Done.", 2]);
      assertGreaterOrEqual(requests[1]!.atMs, end);
    },
    {
      script: once(tool, tool),
      beforeAnswer: (request) => hasResults(request) ? Promise.resolve() : box.spend(),
    },
  );

  await scenario(
    "a sub-agent is held before it starts, and behind its own tools",
    async () => {
      const before = model.requests.length;
      const running = turn(session, model, "do it");
      for (const [held, made] of [["tool", 1], ["request", 2]] as const) {
        await box.untilHeld(held);
        assertEquals(model.requests.length - before, made);
        box.answer(claudeUsage(1));
        await until("it goes on", () => model.requests.length - before > made);
      }
      const [result, requests] = await running;
      assertEquals([result, requests.length], ["Done.", 4]);
    },
    {
      script: (request) =>
        hasResults(request)
          ? [{ say: "Done." }]
          : lastTexts(request).includes("a part")
          ? [{ shell: "echo part" }]
          : [{ agent: "a part" }],
      beforeAnswer: (request) => hasResults(request) ? Promise.resolve() : box.spend(),
    },
  );

  const lettingGo: [string, () => Promise<unknown>][] = [
    ["an early reset", () => Promise.resolve(box.answer(claudeUsage(1)))],
    ["a pause", () => box.ours("pause", "1m")],
    ["a release", () => box.ours("release", "--all")],
  ];
  for (const [name, letGo] of lettingGo) {
    await scenario(`${name} lets a held turn go on`, async () => {
      await box.spend();
      const running = turn(session, model, "do it");
      await box.untilHeld("prompt");
      await letGo();
      const [result, requests] = await running;
      assertEquals([result, requests.length], ["Done.", 1]);
      await box.ours("resume");
    });
  }

  await scenario("denied: cancel drops a prompt, and no request is made", async () => {
    await box.spend();
    const running = turn(session, model, "do it");
    await box.ours("cancel", (await box.untilHeld("prompt")).session);
    const [, requests] = await running;
    assertEquals(requests.length, 0);
  });

  await scenario(
    "denied: cancel ends a turn behind its tools, without another request",
    async () => {
      const running = turn(session, model, "do it");
      await box.ours("cancel", (await box.untilHeld("request")).session);
      const [, requests] = await running;
      assertEquals(requests.length, 1);
    },
    { script: once({ shell: "echo one" }), beforeAnswer: () => box.spend() },
  );

  await scenario("denied: at the bound that the user has set", async () => {
    box.configure({ maxHold: "1s", then: "deny" });
    await box.spend();
    const [result, requests] = await turn(session, model, "do it");
    assertEquals(requests.length, 0);
    assertStringIncludes(result, "maxHold");
    box.configure({ maxHold: undefined, then: undefined });
  });

  await scenario("settings that the user edits, and uninstall, while it is held", async () => {
    await box.spend();
    const running = turn(session, model, "do it");
    await box.untilHeld("prompt");
    const edited = box.settings!.replace('"Bash"', '"Bash", "Read"  ');
    Deno.writeTextFileSync(box.settingsPath, edited);
    const removed = await box.run(["uninstall-hook", "claude"]);
    assertEquals([removed.code, removed.stderr], [0, ""]);
    assertStringIncludes(removed.stdout, "1 agent");
    assertEquals(box.settings, settings.replace('"Bash"', '"Bash", "Read"  '));
    const end = resetSoon(box);
    const [result, requests] = await running;
    assertEquals([result, requests.length], ["Done.", 1]);
    assertGreaterOrEqual(requests[0]!.atMs, end);
  });

  await session.end();
});

claudeTest(
  "a session that is killed while it is held leaves no process but the daemon",
  async () => {
    await using model = startMockModel();
    await using box = new ClaudeSandbox(model.port);
    await box.install();
    await box.spend();
    const guards = () => box.processes().filter(({ command }) => command.includes(" guard "));
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const turn = box.startTurn();
      await box.untilHeld("prompt");
      assertGreaterOrEqual(guards().length, 1);
      kill(turn.pid, signal);
      await finish(turn);
      // The script that waits looks once a minute whether its caller is there; a state that is written wakes it.
      await until("the guards are gone", async () => {
        await box.ours("poll");
        return guards().length === 0;
      });
    }
    assertEquals(model.requests.length, 0);
    await box.ours("stop");
    await until("nothing is left", () => box.processes().length === 0);
  },
);

claudeTest("a codexbar that is missing or fails, and an API key, stop nobody", async () => {
  await using model = startMockModel();
  await using box = new ClaudeSandbox(model.port, { isSubscriber: false });
  await box.install();
  assertEquals((await box.turn()).code, 0);
  box.codexbar(CODEXBAR.crashes);
  assertEquals((await box.turn()).code, 0);
  // What would hold, too, where it is switched off.
  await box.spend();
  assertEquals((await box.turn([], { QUOTA_SENTRY_DISABLE: "1" })).code, 0);
  assertEquals(model.requests.length, 3);
});
