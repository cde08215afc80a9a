import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { CODEXBAR, type Ended, kill, readText, until, usage } from "../support/sandbox.ts";
import { type MockModel, type MockModelOptions, startMockModel } from "./mock_model.ts";
import { CodexSandbox } from "./session.ts";

/** Something that must hold with the real Codex CLI; it throws when it does not. */
export interface Scenario {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** All of them; the tests and `scripts/autonomous-test` run the same. */
export const SCENARIOS: Scenario[] = [];

function scenario(name: string, run: () => Promise<void>): void {
  SCENARIOS.push({ name, run });
}

/** A model, a sandbox, and our hooks installed and trusted as a user would have them. */
async function withHooks(
  options: MockModelOptions,
  test: (box: CodexSandbox, model: MockModel) => Promise<void>,
): Promise<void> {
  await using model = startMockModel(options);
  await using box = new CodexSandbox(model.port);
  const args = ["--interval-seconds=1", "--reset-buffer-seconds=1"];
  const installed = await box.run(["install-hook", ...args]);
  assertEquals([installed.code, installed.stderr], [0, ""]);
  await test(box, model);
}

const toolCall = (box: CodexSandbox) => `${box.home}/tool-ran`;
/** Writes down when the tool ran, in milliseconds since 1970. */
const TOOL = 'date +%s%3N > "$HOME/tool-ran"';

/** Spends the quota for some seconds; the daemon has seen it when this returns, with the block's end. */
async function spend(box: CodexSandbox, resetInSeconds: number): Promise<number> {
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds }));
  await box.run(["start", "--interval-seconds=1", "--reset-buffer-seconds=1"]);
  return await blockEnd(box);
}

/** The end of the block, once there is one, in milliseconds since 1970. */
async function blockEnd(box: CodexSandbox): Promise<number> {
  let end = NaN;
  await until("the quota is spent", () => {
    end = new Date(String(box.state?.blockedUntil)).getTime();
    return end > 0;
  });
  return end;
}

/** A turn that is held at its prompt. */
async function heldTurn(box: CodexSandbox): Promise<{ readonly ended: Promise<Ended> }> {
  // A prompt waits only a while for what nobody has read yet.
  await spend(box, 600);
  const ended = box.turn();
  await until("it is held", async () => (await box.held()).length > 0);
  return { ended };
}

scenario(
  "an open turn goes through; the hooks add no request and no text to the model",
  async () => {
    const bodies: string[][] = [];
    for (const installed of [false, true]) {
      await using model = startMockModel({ commands: [TOOL] });
      await using box = new CodexSandbox(model.port, { isWrapped: true });
      box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
      if (installed) assertEquals((await box.run(["install-hook"])).code, 0);
      const { code, stdout } = await box.turn();
      assertEquals(code, 0);
      assert(stdout.includes("Done."));
      assert(readText(toolCall(box)) !== undefined);
      bodies.push(model.requests.map(({ body }) => JSON.stringify(body.input)));
      if (!installed) continue;
      // The hooks did run: the first starts the daemon.
      await until("the daemon has read the quota", () => box.state?.status === "open");
      for (const text of bodies.flat()) assert(!/quota.?sentry/i.test(text));
    }
    const [without, withOurs] = bodies.map((inputs) =>
      inputs.map((input) => JSON.parse(input).map((item: { type: string }) => item.type))
    );
    assertEquals(withOurs, without);
  },
);

scenario(
  "a block delays the prompt until the reset and its buffer, and the turn completes",
  () =>
    withHooks({}, async (box, model) => {
      const end = await spend(box, 15);
      const { code, stdout } = await box.turn();
      assertEquals(code, 0);
      assert(stdout.includes("Done."));
      assertEquals(model.requests.length, 1);
      const late = model.requests[0]!.atMs - end;
      assertGreaterOrEqual(late, 0);
      assertLess(late, 60_000);
    }),
);

/** Spends the quota, for a while, before the first request is answered. */
function spentByFirstRequest(resetInSeconds: number) {
  let box: CodexSandbox | undefined;
  let end = NaN;
  return {
    beforeAnswer: async (request: number) => {
      if (request > 1 || !box) return;
      box.answer(usage({ used: 97, resetInSeconds }));
      end = await blockEnd(box);
    },
    begin: (sandbox: CodexSandbox) => {
      box = sandbox;
      box.codexbar(CODEXBAR.answers, usage({ used: 90 }));
    },
    end: () => end,
  };
}

scenario("a block that begins in a turn delays the next request, and not the tool", () => {
  const { beforeAnswer, begin, end } = spentByFirstRequest(15);
  return withHooks({ commands: [TOOL], beforeAnswer }, async (box, model) => {
    begin(box);
    const { code } = await box.turn();
    assertEquals(code, 0);
    assertEquals(model.requests.length, 2);
    assertLess(Number(readText(toolCall(box))), end());
    assertGreaterOrEqual(model.requests[1]!.atMs, end());
  });
});

const LETTING_GO: [string, (box: CodexSandbox) => unknown][] = [
  ["an early reset", (box) => box.answer(usage({ used: 1 }))],
  ["a pause", (box) => box.run(["pause", "1m"])],
];
for (const [name, letGo] of LETTING_GO) {
  scenario(`${name} lets a held turn go on`, () =>
    withHooks({}, async (box, model) => {
      const turn = await heldTurn(box);
      await letGo(box);
      assertEquals((await turn.ended).code, 0);
      assertEquals(model.requests.length, 1);
    }));
}

scenario(
  "hooks that the user edits, and uninstall, while it is held",
  () =>
    withHooks({}, async (box, model) => {
      const turn = await heldTurn(box);
      const hooks = JSON.parse(readText(box.hooksPath)!);
      const own = { Stop: [{ hooks: [{ type: "command", command: "true" }] }] };
      Deno.writeTextFileSync(box.hooksPath, JSON.stringify({ hooks: { ...hooks.hooks, ...own } }));
      const removed = await box.run(["uninstall-hook"]);
      assertEquals([removed.code, removed.stderr], [0, ""]);
      assertStringIncludes(removed.stdout, "1 agent");
      assertEquals(JSON.parse(readText(box.hooksPath)!), { hooks: own });
      assertEquals(model.requests.length, 0);
      box.answer(usage({ used: 1 }));
      assertEquals((await turn.ended).code, 0);
      assertEquals(model.requests.length, 1);
    }),
);

scenario(
  "QUOTA_SENTRY_DISABLE=1 lets everything pass",
  () =>
    withHooks({ commands: [TOOL] }, async (box, model) => {
      box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 600 }));
      const { code, ms } = await box.turn({ QUOTA_SENTRY_DISABLE: "1" });
      assertEquals([code, model.requests.length], [0, 2]);
      assertLess(ms, 300_000);
    }),
);

for (const [name, behaviour] of [["missing", undefined], ["failing", CODEXBAR.crashes]] as const) {
  scenario(
    `a codexbar that is ${name} stops nobody`,
    () =>
      withHooks({ commands: [TOOL] }, async (box, model) => {
        if (behaviour) box.codexbar(behaviour);
        const { code } = await box.turn();
        assertEquals([code, model.requests.length], [0, 2]);
      }),
  );
}

scenario(
  "five sessions at once are all held and all let go",
  () =>
    withHooks({ commands: [TOOL] }, async (box, model) => {
      const end = await spend(box, 20);
      const turns = await Promise.all(Array.from({ length: 5 }, () => box.turn()));
      assertEquals(turns.map(({ code }) => code), [0, 0, 0, 0, 0]);
      assertEquals(model.requests.length, 10);
      for (const { atMs } of model.requests) assertGreaterOrEqual(atMs, end);
    }),
);

/** Ends Codex while a hook of ours holds it: the hook then ends by itself. */
async function endWhileHeld(box: CodexSandbox, signal: Deno.Signal): Promise<void> {
  const notices = `${box.root}/notices`;
  const launcher = box.startTurn({ QUOTA_SENTRY_NOTICE_FILE: notices });
  const guards = () => box.processes().filter(({ command }) => command.includes(" guard "));
  await until("it is held", () => readText(notices) !== undefined && guards().length > 0);
  for (const { pid, command } of box.processes()) {
    if (command.includes("codex") && command.includes("exec")) kill(pid, signal);
  }
  const ended = Promise.all([
    new Response(launcher.stdout).text(),
    new Response(launcher.stderr).text(),
    launcher.status,
  ]);
  await until("the guards are gone", () => guards().length === 0);
  await ended;
  await box.run(["stop"]);
  await until("nothing is left", () => box.processes().length === 0);
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  scenario(
    `Codex ended by ${signal} while it is held leaves no process of ours but the daemon`,
    () =>
      withHooks({}, async (box, model) => {
        await spend(box, 600);
        await endWhileHeld(box, signal);
        assertEquals(model.requests.length, 0);
      }),
  );
  scenario(
    `Codex ended by ${signal} while it is held at the model leaves no process but the daemon`,
    () => {
      const { beforeAnswer, begin } = spentByFirstRequest(600);
      return withHooks({ commands: [TOOL], beforeAnswer }, async (box, model) => {
        begin(box);
        await endWhileHeld(box, signal);
        assertEquals(model.requests.length, 1);
        assert(readText(toolCall(box)) !== undefined);
      });
    },
  );
}

scenario(
  "SessionStart starts the daemon, which outlives the session",
  () =>
    withHooks({}, async (box) => {
      box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
      assertEquals((await box.turn()).code, 0);
      const calls = box.calls.length;
      await until("it goes on reading", () => box.calls.length > calls);
      assertGreater(box.calls.length, 1);
    }),
);
