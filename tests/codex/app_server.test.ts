import { assertEquals, assertRejects } from "@std/assert";
import { AppServer, AppServerError } from "../../lib/harness/codex/app_server.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Runs with a Codex on PATH that does this with each line it is sent. */
async function withCodex(perLine: string, test: (server: AppServer) => Promise<void>) {
  await using box = new Sandbox();
  box.executable(
    "codex",
    `#!/bin/sh
while read -r line; do
  id=\${line#*'"id":"'} id=\${id%%'"'*}
  case $line in
    *initialize\\"*) echo '{"id":"1","result":{}}' ;;
    *initialized*) ;;
    ${perLine}
  esac
done
`,
  );
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", box.env.PATH!);
  try {
    await using server = await AppServer.start();
    await test(server);
  } finally {
    Deno.env.set("PATH", path);
  }
}

Deno.test("app server: a call that was given up does not take the next one's answer", async () => {
  const perLine = `*lost*) ;;
    *) echo "{\\"id\\":\\"$id\\",\\"result\\":$id}" ;;`;
  await withCodex(perLine, async (server) => {
    await assertRejects(() => server.call("lost", {}, 50), AppServerError, "did not answer lost");
    assertEquals(await server.call("next", {}), 3);
  });
});

Deno.test("app server: an answer that comes too late is nobody's, nor is a question", async () => {
  const perLine = `*late*) ;;
    *) echo '{"id":"2","result":"late"}'
       echo "{\\"id\\":\\"$id\\",\\"method\\":\\"item/ask\\"}"
       echo "{\\"id\\":\\"$id\\",\\"result\\":$id}" ;;`;
  await withCodex(perLine, async (server) => {
    await assertRejects(() => server.call("late", {}, 50), AppServerError, "did not answer late");
    assertEquals(await server.call("next", {}), 3);
  });
});

Deno.test("app server: what Codex tells by itself is kept, the last of it", async () => {
  const perLine = `*)
    n=0; while [ $n -lt 120 ]; do n=$((n + 1))
      echo "{\\"method\\":\\"account/rateLimits/updated\\",\\"params\\":{\\"n\\":$n}}"
    done
    echo "{\\"id\\":\\"$id\\",\\"method\\":\\"item/ask\\"}"
    echo "{\\"id\\":\\"$id\\",\\"result\\":true}" ;;`;
  await withCodex(perLine, async (server) => {
    assertEquals(await server.call("next", {}), true);
    const { notifications } = server;
    assertEquals(notifications.length, 100);
    assertEquals(notifications.at(-1), {
      method: "account/rateLimits/updated",
      params: { n: 120 },
    });
  });
});

Deno.test("app server: what Codex says when it ends is passed on", async () => {
  await withCodex(
    '*) printf "ERROR: out of luck\\nWARNING: no luck\\n2026-01-02T03:04:05.6Z ERROR log: no luck\\n" >&2; exit 1 ;;',
    async (server) => {
      const message = "codex ended before it answered next: ERROR: out of luck";
      await assertRejects(() => server.call("next", {}), AppServerError, message);
      await assertRejects(() => server.call("again", {}), AppServerError, "answered again: ERROR");
    },
  );
});
