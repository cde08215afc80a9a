import { assert, assertEquals, assertGreaterOrEqual, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { CODEXBAR, iso, kill, readText, until, usage } from "../support/sandbox.ts";
import {
  hasResults,
  lastText,
  type MockModel,
  type ModelRequest,
  once,
  startMockModel,
} from "./mock_model.ts";
import { OpenCodeSandbox, openCodeTest, type Turn } from "./session.ts";

const QUICK = ["--interval-seconds=1", "--reset-buffer-seconds=1"];

/** One server with our plugin, for all but those that end it. */
interface Shared {
  readonly box: OpenCodeSandbox;
  readonly model: MockModel;
  readonly server: Deno.ChildProcess;
}
let shared: Promise<Shared> | undefined;

async function start(isInstalled: boolean): Promise<Shared> {
  const model = startMockModel();
  const box = new OpenCodeSandbox(model.port);
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  if (isInstalled) {
    const { code, stderr } = await box.run(["install-hook", "opencode", ...QUICK]);
    assertEquals([code, stderr], [0, ""]);
  }
  const server = await box.serve();
  // It loads plugins, and much else, with the first that is asked of it.
  await box.prompt(await box.session());
  model.requests.splice(0);
  return { box, model, server };
}

/** The server, on which nobody is held, and whose model has not been asked yet. */
async function open(): Promise<Shared> {
  const all = await (shared ??= start(true));
  const { box, model } = all;
  box.signIn("oauth");
  model.script = () => [{ say: "Done." }];
  box.answer(usage({ used: 28 }));
  await until("it is open", () => box.state?.status === "open");
  model.requests.splice(0);
  return all;
}

Deno.test.afterAll(async () => {
  if (shared === undefined) return;
  const { box, model } = await shared;
  await box[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

/** Spends the quota; the daemon has seen it when this returns. */
async function spend(box: OpenCodeSandbox): Promise<void> {
  box.answer(usage({ used: 97, resetInSeconds: 600 }));
  await until("the quota is spent", () => box.state?.status === "blocked");
}

/**
 * Has the source say that the quota resets soon: however long it took until somebody was held, the rest is
 * short.
 *
 * @returns Until when he is to be held, in milliseconds since 1970.
 */
async function resetSoon(box: OpenCodeSandbox): Promise<number> {
  const before = box.state?.blockedUntil;
  // Whole seconds, as `usage` rounds them.
  const earliest = Date.parse(iso(7));
  box.answer(usage({ used: 97, resetInSeconds: 8 }));
  await until("the end is another", () => box.state?.blockedUntil !== before);
  return earliest + 1000;
}

/** Those that are held, as `holds --json` tells them. */
async function holds(box: OpenCodeSandbox): Promise<{ before: string; session: string }[]> {
  const { stdout } = await box.run(["holds", "--json"]);
  return JSON.parse(stdout).waiting;
}

async function untilHeld(box: OpenCodeSandbox, session?: string): Promise<void> {
  await until(
    "it is held",
    async () =>
      (await holds(box)).some((each) =>
        each.before === "request" && (session === undefined || each.session === session)
      ),
  );
}

function assertDone({ info, parts }: Turn): void {
  assertEquals(info.error, undefined);
  assertEquals(parts.findLast(({ type }) => type === "text")?.text, "Done.");
}

/** What of a request is the same in each session. */
function masked({ body }: ModelRequest): string {
  return JSON.stringify(body).replace(/qs-test-\w+/g, "ROOT");
}

openCodeTest(
  "with the quota open, the model gets the same requests as without hooks",
  async () => {
    const runs: string[][] = [];
    const [with_, without] = await Promise.all([open(), start(false)]);
    for (const { box, model } of [with_, without]) {
      model.script = once({ shell: "echo one" });
      assertDone(await box.prompt(await box.session()));
      assertEquals(model.requests.map(lastText), ["do it", "one\n"]);
      runs.push(model.requests.map(masked));
    }
    await without.box[Symbol.asyncDispose]();
    await without.model[Symbol.asyncDispose]();
    assertEquals(runs[0], runs[1]);
    assert(!/quota.?sentry/i.test(runs[0]!.join()));
    // Nobody asked for it but the plugin, at its start.
    assertEquals(with_.box.state?.status, "open");
  },
);

openCodeTest(
  "a block delays the prompt until the reset and its buffer, and the turn completes",
  async () => {
    const { box, model } = await open();
    const session = await box.session();
    await spend(box);
    const turn = box.prompt(session);
    await untilHeld(box, session);
    const end = await resetSoon(box);
    assertDone(await turn);
    assertEquals(model.requests.length, 1);
    assertGreaterOrEqual(model.requests[0]!.atMs, end);
  },
);

openCodeTest(
  "a block that begins in a turn delays the next request, and not the tools",
  async () => {
    const { box, model } = await open();
    const tool = { shell: 'date +%s%3N >>"$HOME/ran"' };
    model.script = async (request) => {
      if (hasResults(request)) return [{ say: "Done." }];
      await spend(box);
      return [tool, tool];
    };
    const turn = box.prompt(await box.session());
    await untilHeld(box);
    // One place for the turn, however many tools it has called.
    assertEquals((await holds(box)).length, 1);
    const end = await resetSoon(box);
    assertDone(await turn);
    const ran = readText(`${box.home}/ran`)!.trim().split("\n").map(Number);
    assertEquals([ran.length, ran.every((atMs) => atMs < end)], [2, true]);
    assertEquals(model.requests.length, 2);
    assertGreaterOrEqual(model.requests[1]!.atMs, end);
  },
);

openCodeTest("a sub-agent is held before it starts, and within", async () => {
  const { box, model } = await open();
  model.script = async (request) => {
    if (lastText(request) === "do it") {
      await spend(box);
      return [{ agent: "a part" }];
    }
    if (lastText(request) !== "a part") return [{ say: "Done." }];
    await spend(box);
    return [{ shell: "echo part" }];
  };
  const session = await box.session();
  const turn = box.prompt(session);
  // Each waits under a session of its own: no request of the sub-agent has come yet, then its first alone.
  for (const requests of [1, 2]) {
    await untilHeld(box);
    assertEquals(model.requests.length, requests);
    assert((await holds(box)).every((each) => each.session !== session));
    box.answer(usage({ used: 1 }));
    await until("it goes on", () => model.requests.length > requests);
  }
  assertDone(await turn);
  assertEquals(model.requests.length, 4);
});

openCodeTest(
  "an early reset, a pause and a release each let a held turn go on",
  async () => {
    const { box } = await open();
    const letGo = [
      () => Promise.resolve(box.answer(usage({ used: 1 }))),
      () => box.run(["pause", "1m"]),
      () => box.run(["release", "--all"]),
    ];
    const session = await box.session();
    for (const go of letGo) {
      await spend(box);
      const turn = box.prompt(session);
      await untilHeld(box, session);
      await go();
      assertDone(await turn);
      await box.run(["resume"]);
      await open();
    }
  },
);

openCodeTest("cancel ends a held turn with the reason, without a request", async () => {
  const { box, model } = await open();
  const session = await box.session();
  await spend(box);
  const turn = box.prompt(session);
  await untilHeld(box, session);
  const { code, stderr } = await box.run(["cancel", session]);
  assertEquals([code, stderr], [0, ""]);
  const { info } = await turn;
  assertStringIncludes(
    JSON.stringify(info.error),
    "Quota Sentry: the user has cancelled this wait",
  );
  assertEquals(model.requests.length, 0);
});

openCodeTest(
  "a bound that denies ends a held turn with the reason, without a request",
  async () => {
    const { box, model } = await open();
    box.configure({ maxHold: "1s", then: "deny" });
    await spend(box);
    const { info } = await box.prompt(await box.session());
    box.configure({ maxHold: undefined, then: undefined });
    assertStringIncludes(JSON.stringify(info.error), "maxHold");
    assertEquals(model.requests.length, 0);
  },
);

openCodeTest("at the limit itself OpenCode waits, and what it asks then is held", async () => {
  const { box, model } = await open();
  model.script = async () => {
    if (model.requests.length > 1) return [{ say: "Done." }];
    await spend(box);
    return [{ limitSeconds: 1 }];
  };
  const turn = box.prompt(await box.session());
  await untilHeld(box);
  assertEquals(model.requests.length, 1);
  const end = await resetSoon(box);
  assertDone(await turn);
  assertEquals(model.requests.length, 2);
  assertGreaterOrEqual(model.requests[1]!.atMs, end);
});

openCodeTest(
  "with a login of Claude's a turn is held on Claude's quota, and no other",
  async () => {
    const { box, model } = await open();
    box.signIn("oauth", "openai", "anthropic");
    const session = await box.session();
    const its = join(box.home, ".cache", "quota-sentry-claude");
    assertEquals((await box.run(["start", "--provider=claude", ...QUICK])).code, 0);
    const statusOf = () => JSON.parse(readText(join(its, "state.json")) ?? "{}").status;
    const answer = (used: number) => {
      const rows = (of: number) => usage({ used: of }) as Record<string, unknown>[];
      box.answer([...rows(28), ...rows(used).map((row) => ({ ...row, provider: "claude" }))]);
    };
    answer(97);
    await until("Claude's quota is spent", () => statusOf() === "blocked");
    const turn = box.prompt(session, "do it", "anthropic");
    await until("it is held", async () => {
      const { stdout } = await box.run(["holds", "--json", "--provider=claude"]);
      return JSON.parse(stdout).waiting.length === 1;
    });
    // One with Codex's account goes on meanwhile.
    assertDone(await box.prompt(await box.session()));
    assertEquals(model.requests.length, 1);
    answer(1);
    assertDone(await turn);
    assertEquals(model.requests.length, 2);
    await box.run(["stop", "--provider=claude"]);
  },
);

openCodeTest("a turn that is ended while it is held ends its wait, and asks nothing", async () => {
  const { box, model } = await open();
  const [one, other] = [await box.session(), await box.session()];
  await spend(box);
  const turns = [box.prompt(one), box.prompt(other)];
  await untilHeld(box, one);
  await untilHeld(box, other);
  await box.abort(one);
  assertEquals((await turns[0]!).info.error?.name, "MessageAbortedError");
  await until("the other waits alone", async () => (await holds(box)).length === 1);
  await untilHeld(box, other);
  assertEquals(model.requests.length, 0);
  await open();
  assertDone(await turns[1]!);
});

openCodeTest("a codexbar that is missing or fails, and an API key, stop nobody", async () => {
  const { box, model } = await open();
  const session = await box.session();
  await spend(box);
  box.signIn("api");
  assertDone(await box.prompt(session));
  assertEquals(model.requests.length, 1);
  const { stdout } = await box.run(["doctor"]);
  assertStringIncludes(stdout, "OpenCode has no quota here that could run out");
});

openCodeTest(
  "uninstalled while a session is held: the files are as they were, and it goes on at its end",
  async () => {
    const { box, model } = await open();
    const session = await box.session();
    await spend(box);
    const turn = box.prompt(session);
    await untilHeld(box, session);
    const { code, stdout, stderr } = await box.run(["uninstall-hook"]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "1 agent");
    const left = [...Deno.readDirSync(box.openCodeHome)].map(({ name }) => name);
    assert(!left.includes("plugin"));
    const end = await resetSoon(box);
    assertDone(await turn);
    assertGreaterOrEqual(model.requests[0]!.atMs, end);
  },
);

openCodeTest(
  "OpenCode ended by SIGTERM while it is held leaves no process but the daemon",
  async () => {
    const { box, model, server } = await open();
    const session = await box.session();
    await spend(box);
    const turn = box.prompt(session).catch(() => {});
    await untilHeld(box, session);
    const guards = () => box.processes().filter(({ command }) => command.includes(" guard "));
    assertGreaterOrEqual(guards().length, 1);
    kill(server.pid, "SIGTERM");
    await server.status;
    await turn;
    // What waits looks once a minute whether its caller is there; a state that is written wakes it.
    await until("the guards are gone", async () => {
      await box.run(["poll"]);
      return guards().length === 0;
    });
    assertEquals(model.requests.length, 0);
    await box.run(["stop"]);
    await until("nothing is left", () => box.processes().length === 0);
  },
);
