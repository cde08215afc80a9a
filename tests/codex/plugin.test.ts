import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { AppServerClient } from "./app_server_client.ts";
import { CodexSandbox, codexTest, hooksOf } from "./session.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

const ID = "quota-sentry@quota-sentry";

codexTest("plugin: Codex installs it, and lists its skill and its command; no hook", async () => {
  await using box = new CodexSandbox(9);
  for (const args of [["marketplace", "add", ROOT], ["add", ID]]) {
    const { code, stderr } = await box.codex(["plugin", ...args]);
    assertEquals(code, 0, stderr);
  }
  const { stdout } = await box.codex(["plugin", "list", "--json"]);
  const [plugin, ...others] = JSON.parse(stdout).installed;
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  assertEquals([plugin.pluginId, plugin.enabled, plugin.version], [ID, true, version]);
  assertEquals(others, []);

  await using client = await AppServerClient.start(box);
  // deno-lint-ignore no-explicit-any -- Codex's own.
  const { data } = await client.call("skills/list", { cwds: [box.home] }) as any;
  const skills: { name: string; pluginId?: string; description: string }[] = data[0].skills;
  const ours = skills.filter(({ pluginId }) => pluginId === ID);
  // It makes a skill of a command.
  assertEquals(ours.map(({ name }) => name), [
    "quota-sentry:quota-planning",
    "quota-sentry:source-command-quota",
  ]);
  assertMatch(ours[0]!.description, /Use before long or parallel work/);
  assertEquals(await hooksOf(box), []);
});
