import { assertEquals, assertMatch } from "@std/assert";
import { BINARY, readText, Sandbox } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

/* What one process of ours has another one do; what it refuses is tried in tests/permissions.test.ts. */

const CALLER = `--caller=${Deno.pid}`;

Deno.test("files: a place in the queue is had, and given up, with a line of the log in the same start", async () => {
  await using box = new Sandbox();
  box.makeStateDirectory();
  const files = (args: readonly string[], line: string) =>
    box.run(["files", ...args, CALLER, `--length=${line.length}`], {
      cwd: box.stateDir,
      stdin: line,
    });
  const owner = `${Deno.pid}-1 2030-01-01T00:00:00Z ? prompt`;
  const place = `${box.stateDir}/queue/0.place`;
  const log = `${box.stateDir}/quota-sentry.log`;

  const { code, stdout } = await files(["claim-place", "queue", owner], "held\n");
  assertEquals([code, stdout], [0, "0"]);
  assertEquals([readText(place), readText(log)], [`${Deno.pid} ${owner}\n`, "held\n"]);
  assertEquals((await files(["leave-place", "queue/0.place"], "let go\n")).code, 0);
  assertEquals([readText(place), readText(log)], [undefined, "held\nlet go\n"]);
  // Somebody has taken it away: there is nothing more to do.
  assertEquals((await files(["leave-place", "queue/0.place"], "again\n")).code, 0);
  assertEquals(readText(log), "held\nlet go\nagain\n");

  // It cannot be taken away: the line is told all the same.
  Deno.mkdirSync(`${place}/full`, { recursive: true });
  assertEquals((await files(["leave-place", "queue/0.place"], "let go\n")).code, 0);
  assertEquals(readText(log), "held\nlet go\nagain\nlet go\n");
  Deno.removeSync(place, { recursive: true });

  // A line that is lost takes no place from anybody.
  Deno.removeSync(log);
  Deno.mkdirSync(log);
  assertEquals((await files(["claim-place", "queue", owner], "held\n")).stdout, "0");
  assertEquals(readText(place), `${Deno.pid} ${owner}\n`);
  assertEquals((await files(["leave-place", "queue/0.place"], "let go\n")).code, 0);
  assertEquals(readText(place), undefined);
});

const STRACE = findTool("strace");

Deno.test({
  name: "a state directory is made, and told whose home it is for, in one start",
  ignore: STRACE === undefined,
  async fn() {
    await using box = new Sandbox();
    Deno.mkdirSync(box.codexHome);
    const trace = `${box.root}/trace`;
    await new Deno.Command(STRACE!, {
      args: ["-f", "-e", "trace=execve", "-s", "200", "-o", trace, BINARY, "pause", "1h"],
      cwd: box.home,
      env: box.env,
      clearEnv: true,
      stdout: "null",
    }).output();
    assertEquals(readText(`${box.stateDir}/quota-sentry.home`), `${box.codexHome}\n`);
    const changes = readText(trace)!.split("\n").filter((line) => line.includes('"files", '));
    assertEquals(changes.length, 1, changes.join("\n"));
    assertMatch(changes[0]!, /"make-directory"/);
  },
});
