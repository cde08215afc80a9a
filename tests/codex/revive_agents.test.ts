import { assertEquals } from "@std/assert";
import { until } from "../support/sandbox.ts";
import {
  ALONE,
  atTheWall,
  hasDied,
  opened,
  payloadsIn,
  sessionFiles,
  sessionOf,
  terminalTest,
  turnsIn,
} from "./at_the_wall.ts";

terminalTest(
  "revive: a parent goes on once, and its sub-agent that died with it does not",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, reset, looks, revive, isBroughtBack } = wall;
      await using terminal = await opened(box, ALONE);
      await terminal.type("do it");
      const files = () => sessionFiles(box).toSorted();
      await until("both meet the wall", () => files().length === 2 && files().every(hasDied));
      const refusedAt = asked().length;
      const [parent, child] = files();
      assertEquals(typeof payloadsIn(child, "session_meta")[0].source, "object");
      const listed = (await revive()).stdout;
      assertEquals(listed.match(/stopped at/g)?.length, 1, listed);
      await box.run(["start"]);
      reset();
      await terminal.shows("All is done.");
      await until("it is written down", isBroughtBack);
      await looks(3);
      assertEquals([turnsIn(parent), turnsIn(child).length], [["user", "queue"], 1]);
      assertEquals(answeredAfter(refusedAt), [200]);
      assertEquals(asked().at(-1)!.threadId, sessionOf(parent));
    }, {
      endsAt: ({ parentThreadId, number }) => parentThreadId !== undefined && number === 2,
      script: ({ parentThreadId, number, body }) => {
        if (parentThreadId) return { items: [{ shell: "echo child" }] };
        if (number === 1) {
          return { items: [{ tool: "spawn_agent", args: { message: "do a part of it" } }] };
        }
        const [id] = /(?<=agent_id[\\": ]+)[-\w]{36}/.exec(JSON.stringify(body.input)) ?? [];
        const args = { targets: [id], timeout_ms: 60_000 };
        return { items: [number === 2 ? { tool: "wait_agent", args } : { say: "All is done." }] };
      },
    }),
);
