import { assertEquals, assertMatch } from "@std/assert";
import { checkRevive } from "../../lib/doctor/revive.ts";
import { wallOf } from "../../lib/harness/codex/wall/wall.ts";
import { temporaryDirectory } from "../support/directory.ts";

Deno.test("doctor: what revive could do here", async () => {
  await using home = temporaryDirectory();
  const wall = wallOf(home.path);
  const cases = [
    ["off", "0.169.0", "ok", /^off:/],
    ["tell", "0.169.0", "ok", /^tell: .*sessions of Codex 0\.169\.0 take messages.*would go on$/],
    ["tell", "0.148.0", "ok", /Codex 0\.148\.0 has no queue for messages; from 0\.150 on$/],
    ["auto", "0.169.0", "ok", /^auto: those in a terminal go on.*server does not run/],
    ["auto", "0.148.0", "warn", /^auto, but nothing goes on by itself/],
    ["auto", undefined, "warn", /could not be asked/],
  ] as const;
  for (const [revive, version, result, text] of cases) {
    const check = checkRevive({ revive }, wall, version);
    assertEquals(check.result, result, `${revive} ${version}`);
    assertMatch(check.text, text);
  }
  assertEquals(checkRevive({ revive: "auto" }, undefined, "0.169.0").result, "warn");
  const directory = `${home.path}/app-server-control`;
  Deno.mkdirSync(directory);
  using _server = Deno.listen({
    transport: "unix",
    path: `${directory}/app-server-control.sock`,
  });
  assertMatch(checkRevive({ revive: "auto" }, wall, "0.169.0").text, /background server runs$/);
});
