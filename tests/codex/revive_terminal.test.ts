import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatRevivals } from "../../lib/state/revivals.ts";
import { readText, until } from "../support/sandbox.ts";
import { AppServerClient } from "./app_server_client.ts";
import {
  ALONE,
  atTheWall,
  died,
  MESSAGE,
  payloadsIn,
  sessionFiles,
  sessionOf,
  terminalTest,
  twoSteps,
} from "./at_the_wall.ts";
import type { ModelRequest } from "./mock_model.ts";
import type { CodexOptions, CodexSandbox } from "./session.ts";
import { Terminal } from "./terminal.ts";

/** After the wall Codex asks for another model, and takes what is typed for the answer. */
const NO_DIALOG: CodexOptions = { settings: "notice.hide_rate_limit_model_nudge = true\n" };

/** The file of the only session. */
function fileOf(box: CodexSandbox): string | undefined {
  return sessionFiles(box)[0];
}

terminalTest(
  "revive: a terminal goes on by itself after the reset, with one turn",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, log, isBroughtBack } = wall;
      await box.run(["start"]);
      await using terminal = await died(wall);
      const refusedAt = asked().length;
      await terminal.shows("All is done.");
      await until("it is written down", isBroughtBack);
      assertEquals(turns(), ["user", "queue"]);
      assertEquals(answeredAfter(refusedAt), [200]);
      assertMatch(JSON.stringify(asked().at(-1)!.body), new RegExp(MESSAGE));
      assertMatch(log(), /stopped at the wall: [0-9a-f-]{36} in /);
    }, { resetInSeconds: 12 }),
);

terminalTest(
  "revive: a terminal that has its session to itself goes on by itself, with one turn",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, reset, isBroughtBack } = wall;
      await using terminal = await died(wall, ALONE);
      const refusedAt = asked().length;
      await box.run(["start"]);
      reset();
      await terminal.shows("All is done.");
      await until("it is written down", isBroughtBack);
      assertEquals(turns(), ["user", "queue"]);
      assertEquals(answeredAfter(refusedAt), [200]);
      assertMatch(JSON.stringify(asked().at(-1)!.body), new RegExp(MESSAGE));
    }),
);

for (
  const { how, args, why } of [
    { how: "closed", args: ALONE, why: "it is not open in any terminal" },
    // The background server keeps its session for a minute.
    { how: "closed, and that the server still has", args: [], why: "its terminal was closed" },
  ]
) {
  terminalTest(
    `revive: nothing is sent to a session whose terminal was ${how}`,
    () =>
      atTheWall(async (wall) => {
        const { box, asked, answeredAfter, turns, log, reset, looks, revive, isBroughtBack } = wall;
        await using terminal = await died(wall, args);
        await terminal.close();
        const refusedAt = asked().length;
        await box.run(["start"]);
        reset();
        await until("it is told", () => log().includes(`not brought back: ${why}`));
        await looks(3);
        const { code, stdout } = await revive(sessionOf(fileOf(box)));
        assertEquals(code, 1);
        assertMatch(stdout, new RegExp(`nothing was done: ${why}; cd \\S+ && codex resume `));
        assertEquals([turns(), answeredAfter(refusedAt)], [["user"], []]);
        assert(!isBroughtBack());
        // What is printed opens it again, also where the server still has it; by itself it would go on.
        await box.run(["stop"]);
        const words = / && codex (.*)/.exec(stdout)![1]!.replaceAll("'", "").split(" ");
        await using again = new Terminal(box, [...words, ...args]);
        await again.shows("mock default");
        await again.type("more");
        await again.shows("All is done.");
        assertEquals([turns(), answeredAfter(refusedAt)], [["user", "user"], [200]]);
      }, { codex: NO_DIALOG }),
  );
}

terminalTest(
  "revive: with revive = tell a session is told of, and nothing is sent",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, log, reset, looks, isBroughtBack } = wall;
      await using _terminal = await died(wall, ALONE);
      const refusedAt = asked().length;
      await box.run(["start"]);
      reset();
      await until("the quota is back", () => box.state?.status === "open");
      await looks(3);
      assertMatch(
        (await box.run(["status", "--long"])).stdout,
        /1 session stopped at the wall at .*: quota-sentry revive/,
      );
      assertMatch(log(), /stopped at the wall: [0-9a-f-]{36} in /);
      assert(!isBroughtBack());
      assertEquals([turns(), answeredAfter(refusedAt)], [["user"], []]);
    }, { revive: "tell" }),
);

/** A door that is closed until somebody opens it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

/** Has the third request of a session wait, which is the first one after the wall. */
function thirdWaits(passed: Promise<void>) {
  return ({ number }: ModelRequest) => number === 3 ? passed : Promise.resolve();
}

terminalTest("revive: a session that its user stopped with Esc since is left alone", () => {
  const { passed, open } = gate();
  return atTheWall(async (wall) => {
    const { box, asked, answeredAfter, turns, log, reset, looks, revive } = wall;
    await using terminal = await died(wall, ALONE);
    const refusedAt = asked().length;
    await terminal.type("more");
    await until("it asks again", () => asked().length > refusedAt);
    await terminal.press("\x1b");
    await until("it is stopped", () => payloadsIn(fileOf(box), "turn_aborted").length === 1);
    await box.run(["start"]);
    reset();
    await until("the quota is back", () => box.state?.status === "open");
    await looks(3);
    assertEquals((await revive()).stdout, "no session stopped at the wall\n");
    assertEquals([turns(), answeredAfter(refusedAt)], [["user", "user"], [undefined]]);
    assert(!log().includes("stopped at the wall"));
    open();
  }, { beforeAnswer: thirdWaits(passed), codex: NO_DIALOG });
});

terminalTest("revive: a session that works again is left alone", () => {
  const { passed, open } = gate();
  return atTheWall(async (wall) => {
    const { box, asked, answeredAfter, turns, log, reset, looks, revive } = wall;
    await using terminal = await died(wall, ALONE);
    const refusedAt = asked().length;
    const session = sessionOf(fileOf(box));
    reset();
    await terminal.type("more");
    await until("it asks again", () => asked().length > refusedAt);
    await box.run(["start"]);
    await until("the quota is back", () => box.state?.status === "open");
    await looks(3);
    const { code, stderr } = await revive(session);
    assertEquals(code, 1);
    assertMatch(stderr, /stopped at the wall, or somebody went on with it; nothing was done/);
    open();
    await terminal.shows("All is done.");
    await looks(3);
    assertEquals([turns(), answeredAfter(refusedAt)], [["user", "user"], [200]]);
    assert(!log().includes("stopped at the wall"));
  }, { beforeAnswer: thirdWaits(passed), codex: NO_DIALOG });
});

terminalTest(
  "revive: a session in whose queue a message waits is left to that",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, reset, revive } = wall;
      await using terminal = await died(wall, ALONE);
      const refusedAt = asked().length;
      const session = sessionOf(fileOf(box));
      reset();
      // It looks into its queue every few seconds.
      terminal.freeze();
      const queued = await box.codex(["queue", "--thread", session, "--message=more"]);
      assertEquals(queued.code, 0, queued.stderr);
      const { code, stdout } = await revive(session);
      assertEquals(code, 1);
      assertMatch(stdout, /nothing was done: a message waits in its queue already/);
      terminal.thaw();
      await terminal.shows("All is done.");
      assertEquals([turns(), answeredAfter(refusedAt)], [["user", "queue"], [200]]);
      assert(!JSON.stringify(asked().at(-1)!.body.input).includes(MESSAGE));
    }),
);

terminalTest(
  "revive: a wall in a compaction is told of, and a person has it go on",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, log, reset, looks, revive } = wall;
      await using terminal = await died(wall, ALONE);
      assertEquals(asked().map(({ kind, status }) => [kind, status]), [
        ["turn", 200],
        ["compaction", 429],
      ]);
      await box.run(["start"]);
      reset();
      const why = "its file does not tell when its quota resets";
      await until("it is told", () => log().includes(`not brought back: ${why}`));
      await looks(3);
      assertEquals([turns(), answeredAfter(2)], [["user"], []]);
      assertMatch((await revive()).stdout, new RegExp(`in a terminal, .*\n  ${why}\n`));
      const { code, stdout } = await revive(sessionOf(fileOf(box)));
      assertEquals(code, 0, stdout);
      await terminal.shows("All is done.");
      assertEquals(turns(), ["user", "queue"]);
    }, {
      codex: { settings: "model_auto_compact_token_limit = 5000\n" },
      script: (request) => ({ ...twoSteps(request), tokens: request.number === 1 ? 9000 : 2 }),
    }),
);

terminalTest(
  "revive: who types while the message is being sent is the only one who goes on",
  () => {
    const { passed, open } = gate();
    return atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, reset, revive } = wall;
      await using terminal = await died(wall, ALONE);
      const refusedAt = asked().length;
      const session = sessionOf(fileOf(box));
      reset();
      // Its start takes half a second, and here longer.
      const codex = Deno.realPathSync(`${box.bin}/codex`);
      box.executable(
        "codex",
        `#!/bin/sh
[ "$1" != queue ] || { touch ~/sends; until [ -e ~/typed ]; do sleep 0.1; done; }
exec '${codex}' "$@"
`,
      );
      const revived = revive(session);
      await until("it is about to be sent", () => readText(`${box.home}/sends`) !== undefined);
      await terminal.type("more");
      await until("it asks again", () => asked().length > refusedAt);
      Deno.writeTextFileSync(`${box.home}/typed`, "");
      const { code, stdout } = await revived;
      assertEquals(code, 1);
      assertMatch(stdout, /somebody went on with it in this moment; the message was taken back/);
      open();
      await terminal.shows("All is done.");
      await using server = await AppServerClient.start(box);
      const queue = await server.call("thread/queue/list", { threadId: session });
      assertEquals(queue.data, []);
      assertEquals([turns(), answeredAfter(refusedAt)], [["user", "user"], [200]]);
    }, { beforeAnswer: thirdWaits(passed), codex: NO_DIALOG });
  },
);

terminalTest(
  "revive: a message that has waited is taken back when its user goes on first",
  () => {
    const { passed, open } = gate();
    return atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, log, reset } = wall;
      await using terminal = await died(wall, ALONE);
      const refusedAt = asked().length;
      const file = fileOf(box)!;
      const session = sessionOf(file);
      reset();
      await terminal.type("by hand");
      await until("it asks again", () => asked().length > refusedAt);
      // As if it had been sent before, and had waited since.
      const { stdout } = await box.codex(["queue", "--thread", session, "--message=more"]);
      const [{ turn_id: turn }] = payloadsIn(file, "task_complete").slice(-1);
      Deno.mkdirSync(box.stateDir, { recursive: true, mode: 0o700 });
      Deno.writeTextFileSync(
        `${box.stateDir}/quota-sentry.revivals.json`,
        formatRevivals([{
          session,
          turn,
          diedAt: new Date(),
          seenAt: new Date(),
          begunAt: new Date(),
          outcome: "pending",
          file: Deno.realPathSync(file),
          sent: { id: /\bmessage ([0-9a-f-]{36})\b/.exec(stdout)![1]!, hasGoal: false },
        }]),
      );
      await box.run(["start"]);
      try {
        await until("it is taken back", () => log().includes("the message was taken back"));
      } finally {
        open();
      }
      await terminal.shows("All is done.");
      assertEquals([turns(), answeredAfter(refusedAt)], [["user", "user"], [200]]);
    }, { beforeAnswer: thirdWaits(passed), codex: NO_DIALOG });
  },
);
