import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, finish, until, usage } from "../support/sandbox.ts";
import { AppServerClient } from "./app_server_client.ts";
import { startMockModel } from "./mock_model.ts";
import { QuotaTruth } from "./quota_truth.ts";
import { CodexSandbox, codexTest } from "./session.ts";

/** A turn of three requests, the first of which takes the quota. */
const script = ({ number }: { number: number }) => ({
  items: [number < 3 ? { shell: `echo ${number}` } : { say: "That was all." }],
});

interface Held {
  readonly session: string;
  readonly directory: string;
  readonly before: string;
}

/** The one that is held, when it is. */
async function untilHeld(box: CodexSandbox): Promise<Held> {
  await until("it is held", async () => (await box.held()).length === 1);
  const { waiting } = JSON.parse((await box.run(["holds", "--json"])).stdout);
  assertEquals(waiting.length, 1);
  return waiting[0];
}

async function install(box: CodexSandbox): Promise<void> {
  const { code, stderr } = await box.run(["install-hook"]);
  assertEquals([code, stderr], [0, ""]);
}

codexTest("release: a held turn goes on to its end, while the quota stays spent", async () => {
  await using model = startMockModel({ script, limits: () => truth.set(96, 3600) });
  await using box = new CodexSandbox(model.port);
  const truth = new QuotaTruth(box, 90, 3600);
  await install(box);
  const turn = finish(box.startTurn());
  const { session, directory, before } = await untilHeld(box);
  assertEquals([directory, before, model.requests.length], [box.home, "model", 1]);
  const told = await box.run(["release", session.slice(0, 13)]);
  assertEquals([told.code, told.stderr], [0, ""]);
  assertMatch(told.stdout, /^released: [\w-]+ in .*; it goes on, and is not held again/);
  const { code, stdout, stderr } = await turn;
  assertEquals(code, 0, stderr);
  assert(stdout.includes("That was all."), stdout);
  // The two that were left, and none of them twice.
  assertEquals([model.requests.length, box.state?.status], [3, "blocked"]);
});

codexTest(
  "cancel: a held prompt is denied, and no request goes out; a held request is not denied",
  async () => {
    await using model = startMockModel({ script, limits: () => truth.now });
    await using box = new CodexSandbox(model.port);
    const truth = new QuotaTruth(box, 97, 3600);
    await install(box);
    // A prompt waits only a while for what nobody has read yet.
    await box.run(["start"]);
    await until("it is blocked", () => box.state?.status === "blocked");
    await using server = await AppServerClient.start(box);
    const { thread } = await server.call("thread/start", { cwd: box.home });
    const threadId = thread.id;
    const input = [{ type: "text", text: "do it" }];
    await server.call("turn/start", { threadId, input });
    assertEquals((await untilHeld(box)).before, "prompt");
    const { code, stdout } = await box.run(["cancel", threadId]);
    assertEquals(code, 0);
    assertMatch(stdout, /^cancelled: .*; its call was denied/);
    await until("the turn has ended", () => server.told("turn/completed").length === 1);
    const denials = server.told("hook/completed").flatMap(({ run }) => run.entries);
    assertMatch(
      JSON.stringify(denials),
      /Quota Sentry: the user has cancelled this wait .*; nothing was done\. Do not try again/,
    );
    assertEquals(model.requests.length, 0);

    // Codex would go on with the request. An interruption ends the wait, as the message says.
    box.codexbar(CODEXBAR.answers, usage({ used: 90, resetInSeconds: 3600 }));
    await box.run(["stop"]);
    await box.run(["poll"]);
    await box.run(["start", "--interval-seconds=1"]);
    const { turn } = await server.call("turn/start", { threadId, input });
    await until("the first request is made", () => model.requests.length > 0);
    box.answer(usage({ used: 97, resetInSeconds: 3600 }));
    assertEquals((await untilHeld(box)).before, "model");
    const made = model.requests.length;
    const refused = await box.run(["cancel", threadId]);
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /no hook can deny: it would go out\. End the turn there/);
    assertEquals((await untilHeld(box)).before, "model");
    await server.call("turn/interrupt", { threadId, turnId: turn.id });
    await until("nobody waits", async () => (await box.held()).length === 0);
    assertEquals(JSON.parse((await box.run(["holds", "--json"])).stdout).waiting, []);
    assertEquals(model.requests.length, made);
  },
);
