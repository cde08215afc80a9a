import { assertEquals } from "@std/assert";
import { until } from "../support/sandbox.ts";
import { AppServerClient } from "./app_server_client.ts";
import { ALONE, atTheWall, opened, sessionFiles, sessionOf, terminalTest } from "./at_the_wall.ts";
import type { CodexSandbox } from "./session.ts";

/** How a session's goal stands. */
async function goalOf(box: CodexSandbox, threadId: string): Promise<string> {
  await using server = await AppServerClient.start(box);
  return (await server.call("thread/goal/get", { threadId })).goal.status;
}

terminalTest(
  "revive: a goal goes on after the reset, until it is reached",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, reset } = wall;
      await using terminal = await opened(box, ALONE);
      await terminal.type("/goal all of it");
      await terminal.shows("hit your usage limit");
      const refusedAt = asked().length;
      const session = sessionOf(sessionFiles(box)[0]);
      await until("it is stopped", async () => await goalOf(box, session) === "usageLimited");
      await box.run(["start"]);
      reset();
      await until("it goes on", () => turns().length >= 3);
      await terminal.shows("All is done.");
      assertEquals(await goalOf(box, session), "complete");
      assertEquals(turns(), ["goal", "queue", "goal"]);
      assertEquals(answeredAfter(refusedAt), [200, 200, 200]);
    }, {
      script: ({ number }) => {
        if (number === 1) return { items: [{ shell: "echo one" }] };
        if (number === 3) return { items: [{ say: "On it." }] };
        if (number === 4) return { items: [{ tool: "update_goal", args: { status: "complete" } }] };
        return { items: [{ say: "All is done." }] };
      },
    }),
);
